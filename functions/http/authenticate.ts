import type { Context, MiddlewareHandler } from 'hono';

import { limits } from '../core/limits.ts';
import { fromStore } from './from-store.ts';
import type { AppEnv, AppPorts } from './ports.ts';
import { problem } from './problem.ts';
import { requestLimits } from './request-limits.ts';

type AuthenticatePorts = Pick<AppPorts, 'keys' | 'failures' | 'sourceOf' | 'clock' | 'log'>;

const keyParameters = ['api_key', 'apikey', 'api-key', 'key', 'access_token', 'token', 'authorization'];
const failurePolicy = { limit: limits.failuresPerWindow, windowSeconds: limits.failureWindowSeconds };

/**
 * Lets a request through with its principal if it carries a known key as a bearer token (RFC 6750 §2.1). A key in the URL is
 * refused even beside a good header: URLs end up in logs and histories. Whoever guesses is told to wait, but a known key
 * passes whatever else comes from its address.
 */
export function authenticate(ports: AuthenticatePorts): MiddlewareHandler<AppEnv> {
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
    const authorization = c.req.header('authorization') ?? '';
    if (authorization === '') return unauthorized(c, 'Send the API key as "Authorization: Bearer <key>".');
    const key = /^bearer +([\x21-\x7e][\x20-\x7e]*)$/i.exec(authorization)?.[1] ?? '';
    const isKey = key !== '' && key.length <= requestLimits.keyCharacters;
    const principal = isKey ? await fromStore(() => ports.keys.authenticate(key)) : null;
    if (principal === null) return failed(c, ports);
    c.set('principal', principal);
    return next();
  };
}

async function failed(c: Context<AppEnv>, { failures, sourceOf, clock, log }: AuthenticatePorts): Promise<Response> {
  const source = sourceOf(c);
  const standing = await fromStore(() => failures.take(source, failurePolicy, 1, clock.now()));
  if (standing.allowed) {
    // The last one of a window: one line, however many follow.
    if (standing.remaining === 0) log.warn('keys_guessed', { source, failures: failurePolicy.limit });
    return unauthorized(c, 'The API key is not known. Send it as "Authorization: Bearer <key>".');
  }
  return problem(c, 'rate_limited', 'Too many unknown API keys came from this address.', {
    headers: { 'Retry-After': String(standing.resetSeconds) },
  });
}

function unauthorized(c: Context<AppEnv>, detail: string): Response {
  return problem(c, 'unauthorized', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="postern"' } });
}
