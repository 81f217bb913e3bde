import type { Context, MiddlewareHandler } from 'hono';

import type { Keys } from '../core/ports/keys.ts';
import { fromStore } from './from-store.ts';
import type { AppEnv } from './ports.ts';
import { problem } from './problem.ts';
import { requestLimits } from './request-limits.ts';

const keyParameters = ['api_key', 'apikey', 'api-key', 'key', 'access_token', 'token', 'authorization'];

/**
 * Lets a request through with its principal if it carries a known key as a bearer token (RFC 6750 §2.1). A key in the URL is
 * refused even beside a good header: URLs end up in logs and histories.
 */
export function authenticate(keys: Pick<Keys, 'authenticate'>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (
      c.req.raw.url.includes('?') &&
      Object.keys(c.req.query()).some((name) => keyParameters.includes(name.toLowerCase()))
    ) {
      return unauthorized(
        c,
        'An API key in the URL is refused: send it in the Authorization header, and replace the key that was in the URL.',
      );
    }
    const key = /^bearer +([\x21-\x7e][\x20-\x7e]*)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (key === undefined) return unauthorized(c, 'Send the API key as "Authorization: Bearer <key>".');
    const principal = key.length > requestLimits.keyCharacters ? null : await fromStore(() => keys.authenticate(key));
    if (principal === null) return unauthorized(c, 'The API key is not known.');
    c.set('principal', principal);
    return next();
  };
}

function unauthorized(c: Context<AppEnv>, detail: string): Response {
  return problem(c, 'unauthorized', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="postern"' } });
}
