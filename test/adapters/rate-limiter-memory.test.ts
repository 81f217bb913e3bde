import { describe, expect, it } from 'vitest';

import { createMemoryRateLimiter } from '../../functions/adapters/rate-limiter-memory.ts';
import { describeRateLimiter } from '../contract/rate-limiter.contract.ts';

describeRateLimiter('memory', async () => createMemoryRateLimiter());

describe('the memory of the rate limiter', () => {
  const policy = { limit: 1, windowSeconds: 60 };

  it('holds no more windows than it may: the one that began first is forgotten', async () => {
    const limiter = createMemoryRateLimiter(2);
    await limiter.take('first', policy, 1, 0);
    await limiter.take('second', policy, 1, 1);
    expect((await limiter.take('first', policy, 1, 2)).allowed).toBe(false);
    await limiter.take('third', policy, 1, 3);
    expect((await limiter.take('second', policy, 1, 4)).allowed).toBe(false);
    expect((await limiter.take('first', policy, 1, 5)).allowed).toBe(true);
  });

  it('takes a window that began anew for a new one', async () => {
    const limiter = createMemoryRateLimiter(2);
    await limiter.take('first', policy, 1, 0);
    await limiter.take('second', policy, 1, 1);
    await limiter.take('first', policy, 1, 60_000);
    await limiter.take('third', policy, 1, 60_000);
    expect((await limiter.take('first', policy, 1, 60_000)).allowed).toBe(false);
  });
});
