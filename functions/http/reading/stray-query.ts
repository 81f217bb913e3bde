import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';

import { nearestWord } from '../../core/nearest-word.ts';
import { type ApiRoute, routingPath } from '../api-route.ts';
import type { ApiRouter } from '../api-router.ts';
import { jsonPointer } from './json-pointer.ts';
import type { AppEnv } from '../ports.ts';
import { type FieldError, validationProblem } from '../problem.ts';

const longestShown = 64;

/**
 * Refuses parameters in the address of an operation that has none, as unknown keys of a body are: a `?test=true` that
 * nobody reads would send. Operations that take some refuse the others by their own schema.
 */
export function refuseStrayQuery(app: ApiRouter): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!c.req.raw.url.includes('?')) return next();
    const operation = operationOf(c, app.operations);
    if (operation === undefined || operation.request?.().query !== undefined) return next();
    const names = new Set(new URL(c.req.url).searchParams.keys());
    if (names.size === 0) return next();
    const fields = fieldsOf(operation);
    return validationProblem(
      c,
      Array.from(names, (name) => refusalOf(name, fields)),
    );
  };
}

function operationOf(c: Context<AppEnv>, operations: readonly ApiRoute[]): ApiRoute | undefined {
  const asked = c.req.method === 'HEAD' ? 'GET' : c.req.method;
  const paths = new Set(matchedRoutes(c).map(({ path }) => path));
  return operations.find(({ method, path }) => method.toUpperCase() === asked && paths.has(routingPath(path)));
}

function fieldsOf({ request }: ApiRoute): readonly string[] {
  const schema = request?.().body?.content['application/json']?.schema;
  return schema !== undefined && 'shape' in schema ? Object.keys(schema.shape as object) : [];
}

function refusalOf(name: string, fields: readonly string[]): FieldError {
  const near = nearestWord(name, fields);
  const shown = JSON.stringify(name.slice(0, longestShown));
  const hint = near === null ? 'this request takes none.' : `did you mean "${near}" in the body?`;
  return { pointer: jsonPointer([name]), code: 'unknown_key', detail: `${shown} is not a known parameter; ${hint}` };
}
