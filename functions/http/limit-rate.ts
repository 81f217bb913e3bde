import type { MiddlewareHandler } from 'hono';

import { fromStore } from './from-store.ts';
import type { AppEnv, AppPorts } from './ports.ts';
import { problem } from './problem.ts';

/**
 * Lets a request through while its key has room under its policy, and says in `RateLimit-Policy` and `RateLimit`
 * (draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4) how much is left. A key without a policy is not counted.
 */
export function limitRate(
  { requests, clock }: Pick<AppPorts, 'requests' | 'clock'>,
  cost = 1,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { keyId, rate } = c.get('principal');
    if (rate === null) return next();
    const standing = await fromStore(() => requests.take(keyId, rate, cost, clock.now()));
    c.header('RateLimit-Policy', `"default";q=${rate.limit};w=${rate.windowSeconds}`);
    c.header('RateLimit', `"default";r=${standing.remaining};t=${standing.resetSeconds}`);
    if (standing.allowed) return next();
    const detail = `This API key may make ${rate.limit} requests in ${rate.windowSeconds} seconds; there is room again in ${standing.resetSeconds}.`;
    return problem(c, 'rate_limited', detail, { headers: { 'Retry-After': String(standing.resetSeconds) } });
  };
}
