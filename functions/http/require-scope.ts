import type { MiddlewareHandler } from 'hono';

import type { Scope } from '../core/keys/scopes.ts';
import type { AppEnv } from './ports.ts';
import { problem } from './problem.ts';

/** Lets a request through if its key has the scope. Stands before the body is read. */
export function requireScope(scope: Scope): MiddlewareHandler<AppEnv> {
  return async (c, next) =>
    c.get('principal').scopes.includes(scope)
      ? next()
      : problem(c, 'insufficient_scope', `This API key does not have the scope "${scope}".`);
}
