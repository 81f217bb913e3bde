import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type * as z from 'zod';

import {
  type ApiRoute,
  type RouteRequest,
  type RouteAnswers,
  type RouteInput,
  type RoutingPath,
  routingPath,
} from './api-route.ts';
import { lazily } from './lazily.ts';
import type { AppEnv } from './ports.ts';
import { validationProblem } from './problem.ts';
import { type FieldCheck, refusedFields } from './sending/refused-fields.ts';

type Handler<Route extends ApiRoute> = (
  c: Context<AppEnv, RoutingPath<Route['path']>, RouteInput<Route>>,
) => RouteAnswers<Route> | Promise<RouteAnswers<Route>>;

type JsonOf<Route> = RouteInput<Route>['out'] extends { json: infer Body } ? Body : never;

/** Hono, and a record of every operation that was added to it. */
export type ApiRouter = Hono<AppEnv> & {
  /** In the order in which they were added. */
  readonly operations: readonly ApiRoute[];
  /**
   * Adds an operation: what its schemas do not take is answered with 422, and the handler gets what they made of the rest. By
   * `check`, which the handler is to ask as well, that answer also names what is wrong beyond the form of the body.
   */
  openapi<Route extends ApiRoute>(route: Route, handler: Handler<Route>, check?: FieldCheck<JsonOf<Route>>): void;
  /** Puts an operation on record whose handler is added by itself, because it reads its request in a way of its own. */
  describe(route: ApiRoute): void;
};

type Target = 'param' | 'query' | 'json';

/** A router without operations. */
export function createApiRouter(): ApiRouter {
  const app = new Hono<AppEnv>();
  const operations: ApiRoute[] = [];
  const describe = (route: ApiRoute): void => void operations.push(route);
  return Object.assign(app, {
    operations,
    describe,
    openapi<Route extends ApiRoute>(route: Route, handler: Handler<Route>, check?: FieldCheck<JsonOf<Route>>): void {
      describe(route);
      // A handler's answers are those of its route; Hono's own type for a handler cannot say that.
      const path = routingPath(route.path);
      app.on([route.method], [path], validator(route, check ?? null), handler as unknown as MiddlewareHandler);
    },
  });
}

// The schemas are made for the first request, and kept.
function validator<Body>({ request }: ApiRoute, check: FieldCheck<Body> | null): MiddlewareHandler<AppEnv> {
  const schemas = lazily(() => schemasOf(request?.() ?? {}));
  return async (c, next) => {
    for (const [target, schema] of schemas()) {
      const value = valueOf(c, target);
      const result = schema.safeParse(value);
      if (!result.success) {
        // A check is of what the schema of the body makes.
        const beyond = target === 'json' ? (check as FieldCheck<unknown> | null) : null;
        return validationProblem(c, refusedFields(schema, result.error, value, beyond));
      }
      c.req.addValidatedData(target, result.data as object);
    }
    return next();
  };
}

function schemasOf({ params, query, body }: RouteRequest): readonly (readonly [Target, z.ZodType])[] {
  const json = body?.content['application/json']?.schema;
  return [
    ...(params === undefined ? [] : [['param', params] as const]),
    ...(query === undefined ? [] : [['query', query] as const]),
    ...(isZodType(json) ? [['json', json] as const] : []),
  ];
}

function valueOf(c: Context<AppEnv>, target: Target): unknown {
  switch (target) {
    case 'param':
      return c.req.param();
    case 'query':
      return Object.fromEntries(
        Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
      );
    case 'json':
      return c.get('body');
  }
}

function isZodType(schema: unknown): schema is z.ZodType {
  return typeof schema === 'object' && schema !== null && '_zod' in schema;
}
