import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import type { RateLimiter } from '../../functions/core/ports/rate-limiter.ts';
import { now } from './samples.ts';

const policy = { limit: 3, windowSeconds: 10 };

/** What a rate limiter promises, whatever it stands on; `numRuns` histories of a clock that jumps are tried. */
export function describeRateLimiter(name: string, make: () => Promise<RateLimiter>, numRuns = 100): void {
  describe(`the rate limiter on ${name}`, () => {
    let limiter: RateLimiter;
    beforeEach(async () => {
      limiter = await make();
    });

    it('lets the limit pass in a window, then nothing, then all again', async () => {
      const standings = [];
      for (const ms of [0, 0, 4_000, 4_001, 9_999, 10_000]) {
        standings.push(await limiter.take('a', policy, 1, now + ms));
      }
      expect(standings).toEqual([
        { allowed: true, remaining: 2, resetSeconds: 10 },
        { allowed: true, remaining: 1, resetSeconds: 10 },
        { allowed: true, remaining: 0, resetSeconds: 6 },
        { allowed: false, remaining: 0, resetSeconds: 6 },
        { allowed: false, remaining: 0, resetSeconds: 1 },
        { allowed: true, remaining: 2, resetSeconds: 10 },
      ]);
    });

    it('begins a window with the first request of a name, not by the clock', async () => {
      await limiter.take('a', policy, 1, now + 7_000);
      expect((await limiter.take('a', policy, 1, now + 12_000)).remaining).toBe(1);
    });

    it('counts each name for itself', async () => {
      await limiter.take('a', policy, 3, now);
      expect(await limiter.take('b', policy, 1, now)).toMatchObject({ allowed: true, remaining: 2 });
      expect(await limiter.take('a', policy, 1, now)).toMatchObject({ allowed: false, remaining: 0 });
    });

    it('takes all of a cost or nothing', async () => {
      expect(await limiter.take('a', policy, 2, now)).toMatchObject({ allowed: true, remaining: 1 });
      expect(await limiter.take('a', policy, 2, now)).toMatchObject({ allowed: false, remaining: 1 });
      expect(await limiter.take('a', policy, 1, now)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await limiter.take('b', policy, 4, now)).toMatchObject({ allowed: false, remaining: 3 });
    });

    it('lets nobody past the limit who asks many times at once', async () => {
      const standings = await Promise.all(Array.from({ length: 20 }, () => limiter.take('a', policy, 1, now)));
      expect(standings.filter(({ allowed }) => allowed)).toHaveLength(policy.limit);
    });

    it('keeps its count when the clock is set back, and forgets it a window later', async () => {
      await limiter.take('a', policy, 3, now);
      expect(await limiter.take('a', policy, 1, now - 60_000)).toEqual({
        allowed: false,
        remaining: 0,
        resetSeconds: 10,
      });
      expect((await limiter.take('a', policy, 1, now - 50_000)).allowed).toBe(true);
    });

    it('makes nobody wait longer than a window, wherever the clock jumps', async () => {
      const step = fc.record({ ms: fc.integer({ min: -100_000, max: 100_000 }), cost: fc.integer({ min: 0, max: 4 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(step), async (steps) => {
          const fresh = await make();
          let at = now;
          for (const { ms, cost } of steps) {
            at += ms;
            const { resetSeconds, remaining } = await fresh.take('a', policy, cost, at);
            expect(Number.isInteger(resetSeconds) && resetSeconds >= 1 && resetSeconds <= 10).toBe(true);
            expect(remaining >= 0 && remaining <= policy.limit).toBe(true);
          }
        }),
        { numRuns },
      );
    });
  });
}
