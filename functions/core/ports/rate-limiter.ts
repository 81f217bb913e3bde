import type { RatePolicy } from './keys.ts';

/** Where a caller stands under a policy after this request. */
export type RateStanding = {
  readonly allowed: boolean;
  /** Requests left in this window. */
  readonly remaining: number;
  /** Whole seconds until there is more room, at least 1. */
  readonly resetSeconds: number;
};

/**
 * Counts requests in windows: one begins with the first request of a name and lasts as long as its policy says. Around the
 * end of a window, up to twice the limit can pass in a short time.
 */
export interface RateLimiter {
  /** Takes `cost` requests from the room that `name` has left; when there is too little, takes none. */
  take(name: string, policy: RatePolicy, cost: number, now: number): Promise<RateStanding>;
}
