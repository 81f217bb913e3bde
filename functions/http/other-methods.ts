import type { Context, MiddlewareHandler } from 'hono';

import { type ApiRoute, routingPath } from './api-route.ts';
import type { ApiRouter } from './api-router.ts';
import type { AppEnv } from './ports.ts';
import { problem } from './problem.ts';

/** Answers a method that an address does not take: OPTIONS with what it takes, any other with 405; `Allow` is in both (RFC 9110 §9.3.7, §15.5.6). */
export function answerOtherMethod(c: Context<AppEnv>, methods: readonly string[]): Response {
  const allow = [...methods, 'OPTIONS'].join(', ');
  return c.req.method === 'OPTIONS'
    ? c.body(null, 204, { Allow: allow })
    : problem(c, 'method_not_allowed', `This address takes ${allow}.`, { headers: { Allow: allow } });
}

/**
 * Keeps an address that is written out in full from being taken for the id of another one: `GET /v1/emails/batch` asks for no
 * email of the name "batch". Stands before the routes, and looks at them when the first request comes.
 */
export function guardWrittenAddresses(app: ApiRouter): MiddlewareHandler<AppEnv> {
  let written: ReadonlyMap<string, readonly string[]> | null = null;
  return async (c, next) => {
    written ??= new Map(addressesOf(app.operations).filter(([path]) => !path.includes('{')));
    const methods = written.get(c.req.path);
    return methods === undefined || methods.includes(c.req.method) ? next() : answerOtherMethod(c, methods);
  };
}

/** Answers the other methods of every address. Stands after all routes: whatever comes here has the path of one and the method of none. */
export function answerOtherMethods(app: ApiRouter): void {
  for (const [path, methods] of addressesOf(app.operations)) {
    app.all(routingPath(path), (c) => answerOtherMethod(c, methods));
  }
}

function addressesOf(operations: readonly ApiRoute[]): [path: string, methods: readonly string[]][] {
  return Array.from(
    Map.groupBy(operations, ({ path }) => path),
    ([path, sharing]) => [
      path,
      sharing.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
    ],
  );
}
