import type { MiddlewareHandler } from 'hono';

import type { AppEnv, AppPorts } from './ports.ts';

const requestIdBytes = 12;

/** Gives every request an id, which its answer carries as `Request-Id`. */
export function nameRequest({ random }: Pick<AppPorts, 'random'>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const requestId = `req_${Buffer.from(random.bytes(requestIdBytes)).toString('hex')}`;
    c.set('requestId', requestId);
    c.header('Request-Id', requestId);
    await next();
  };
}
