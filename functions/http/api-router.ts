import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type * as z from 'zod';

import { type ApiRoute, type RouteAnswers, type RouteInput, type RoutingPath, routingPath } from './api-route.ts';
import { fieldErrors } from './field-errors.ts';
import type { AppEnv } from './ports.ts';
import { validationProblem } from './problem.ts';

type Handler<Route extends ApiRoute> = (
  c: Context<AppEnv, RoutingPath<Route['path']>, RouteInput<Route>>,
) => RouteAnswers<Route> | Promise<RouteAnswers<Route>>;

/** Hono, and a record of every operation that was added to it. */
export type ApiRouter = Hono<AppEnv> & {
  /** In the order in which they were added. */
  readonly operations: readonly ApiRoute[];
  /** Adds an operation: what its schemas do not take is answered with 422, and the handler gets what they made of the rest. */
  openapi<Route extends ApiRoute>(route: Route, handler: Handler<Route>): void;
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
    openapi<Route extends ApiRoute>(route: Route, handler: Handler<Route>): void {
      describe(route);
      // A handler's answers are those of its route; Hono's own type for a handler cannot say that.
      app.on([route.method], [routingPath(route.path)], ...validators(route), handler as unknown as MiddlewareHandler);
    },
  });
}

function validators({ request }: ApiRoute): MiddlewareHandler<AppEnv>[] {
  const json = request?.body?.content['application/json']?.schema;
  return [
    ...(request?.params === undefined ? [] : [validator('param', request.params)]),
    ...(request?.query === undefined ? [] : [validator('query', request.query)]),
    ...(isZodType(json) ? [validator('json', json)] : []),
  ];
}

function validator(target: Target, schema: z.ZodType): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const value = valueOf(c, target);
    const result = schema.safeParse(value);
    if (!result.success) return validationProblem(c, fieldErrors(result.error.issues, value));
    c.req.addValidatedData(target, result.data as object);
    return next();
  };
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
