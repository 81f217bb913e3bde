import type { MiddlewareHandler } from 'hono';

import type { Random } from '../../core/ports/random.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

const requestIdBytes = 12;

/** A fresh id for `Request-Id`. */
export function newRequestId(random: Random): string {
  return `req_${Buffer.from(random.bytes(requestIdBytes)).toString('hex')}`;
}

/** Gives every request an id, which its answer carries as `Request-Id`. */
export function nameRequest({ random }: Pick<AppPorts, 'random'>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const requestId = newRequestId(random);
    c.set('requestId', requestId);
    c.header('Request-Id', requestId);
    await next();
  };
}
