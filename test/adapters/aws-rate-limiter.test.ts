import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { DynamodbTable } from '../../functions/adapters/dynamodb-table.ts';
import { createDynamodbRateLimiter } from '../../functions/adapters/rate-limiter-dynamodb.ts';
import { createMemoryRateLimiter } from '../../functions/adapters/rate-limiter-memory.ts';
import { limits } from '../../functions/core/limits.ts';
import type { RatePolicy } from '../../functions/core/ports/keys.ts';
import type { RateLimiter } from '../../functions/core/ports/rate-limiter.ts';
import { now } from '../contract/samples.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { awsError } from './faulty-proxy.ts';
import { adjustableClock } from './temporary-store.ts';
import { createWriteMeter } from './write-units.ts';

const usual = { limit: limits.requestsPerWindow, windowSeconds: limits.rateWindowSeconds };

let region: AwsRegion;
let table: DynamodbTable;
let warned: string[];
let names = 0;

beforeAll(async () => {
  region = await startAwsRegion();
  const { table: name } = await region.create();
  table = { client: region.clients.dynamodb, name, clock: adjustableClock() };
});
afterAll(() => region.stop());
beforeEach(() => {
  region.proxy.heal();
  warned = [];
});

/** Limiters as so many functions have them, on one table. */
function functions(count: number): RateLimiter[] {
  return Array.from({ length: count }, () =>
    createDynamodbRateLimiter(table, {
      alone: createMemoryRateLimiter(),
      log: { warn: (event) => void warned.push(event) },
    }),
  );
}

function freshName(): string {
  return `key ${++names}`;
}

/** Asks each limiter until it refuses; answers how many requests have passed in all. */
async function exhaust(limiters: readonly RateLimiter[], name: string, policy: RatePolicy, at: number) {
  let passed = 0;
  let asking = [...limiters];
  while (asking.length > 0) {
    const standings = await Promise.all(asking.map((limiter) => limiter.take(name, policy, 1, at)));
    passed += standings.filter(({ allowed }) => allowed).length;
    asking = asking.filter((_, index) => standings[index]?.allowed);
  }
  return passed;
}

describe('several functions on one table', () => {
  it.each([
    [1, { limit: 1, windowSeconds: 60 }],
    [3, { limit: 7, windowSeconds: 60 }],
    [8, { limit: 250, windowSeconds: 60 }],
  ])('let the limit pass together, to the last request (%i)', async (count, policy) => {
    const [limiters, name] = [functions(count), freshName()];
    expect(await exhaust(limiters, name, policy, now)).toBe(policy.limit);
    expect(await exhaust(limiters, name, policy, now + 59_999)).toBe(0);
    expect(await exhaust(limiters, name, policy, now + 60_000)).toBe(policy.limit);
    expect(warned).toEqual([]);
  });

  it('never let more pass in a window, whoever asks when, and whose clock is a little off', async () => {
    const policy = { limit: 12, windowSeconds: 10 };
    const step = fc.record({
      who: fc.nat(2),
      count: fc.integer({ min: 1, max: 6 }),
      skewMs: fc.integer({ min: -900, max: 900 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const [limiters, name] = [functions(3), freshName()];
        let passed = 0;
        for (const { who, count, skewMs } of steps) {
          const asked = limiters
            .filter((_, index) => index === who)
            .flatMap((limiter) => Array<RateLimiter>(count).fill(limiter));
          const standings = await Promise.all(asked.map((limiter) => limiter.take(name, policy, 1, now + skewMs)));
          passed += standings.filter(({ allowed }) => allowed).length;
        }
        expect(passed).toBeLessThanOrEqual(policy.limit);
      }),
      { numRuns: 12 },
    );
  });

  it('keep the count of all of them when their clocks are set back', async () => {
    const [limiters, name] = [functions(6), freshName()];
    const policy = { limit: 12, windowSeconds: 10 };
    await limiters[0]?.take(name, policy, 1, now);
    expect(await exhaust(limiters, name, policy, now - 60_000)).toBe(11);
    expect(await exhaust(limiters, name, policy, now - 50_001)).toBe(0);
  });

  it('tell what is left for all of them', async () => {
    const [[first, second], name] = [functions(2), freshName()];
    const policy = { limit: 100, windowSeconds: 60 };
    expect(await first?.take(name, policy, 1, now)).toEqual({ allowed: true, remaining: 99, resetSeconds: 60 });
    // Ten were lent to the first, which has nine of them yet.
    expect(await second?.take(name, policy, 1, now + 1_000)).toEqual({
      allowed: true,
      remaining: 89,
      resetSeconds: 59,
    });
  });

  it('lose what one of them has taken and does not use, and no more than a lease', async () => {
    const [[gone, ...others], name] = [functions(3), freshName()];
    await gone?.take(name, usual, 1, now);
    expect(await exhaust(others, name, { ...usual }, now)).toBe(usual.limit - 20);
  });
});

describe('the price of counting together', () => {
  it('is a tenth of a write unit a request at the most, at the usual limit', async () => {
    const client = region.bypass();
    const meter = createWriteMeter(client);
    region.proxy.fail(async (call) => ({ kind: 'pass', after: await meter.around(call) }));
    const [limiters, name] = [functions(4), freshName()];
    expect(await exhaust(limiters, name, usual, now)).toBe(usual.limit);
    expect(meter.units).toBeLessThan(usual.limit / 10);
    client.destroy();
  });

  it('is one write for all that is asked at once, up to a lease', async () => {
    const [limiters, name] = [functions(1), freshName()];
    const asked = limiters.flatMap((limiter) => Array<RateLimiter>(20).fill(limiter));
    await Promise.all(asked.map((limiter) => limiter.take(name, usual, 1, now)));
    expect(region.proxy.calls.map(({ operation }) => operation)).toEqual(['PutItem']);
  });

  it('is one write for the first request of a window, and none for what is refused', async () => {
    const [[limiter], name] = [functions(1), freshName()];
    const policy = { limit: 2, windowSeconds: 60 };
    await limiter?.take(name, policy, 1, now);
    expect(region.proxy.calls.map(({ operation }) => operation)).toEqual(['PutItem']);
    await limiter?.take(name, policy, 1, now);
    region.proxy.heal();
    for (let request = 0; request < 5; request++) {
      expect((await limiter?.take(name, policy, 1, now))?.allowed).toBe(false);
    }
    expect(region.proxy.calls).toEqual([]);
  });
});

describe('a table out of reach', () => {
  it('stops nobody, and nobody waits for it more than once in ten seconds', async () => {
    const [[limiter], name] = [functions(1), freshName()];
    const policy = { limit: 3, windowSeconds: 60 };
    region.proxy.fail(() => awsError('AccessDeniedException'));
    const standings = [];
    for (let request = 0; request < 4; request++) standings.push(await limiter?.take(name, policy, 1, now + request));
    expect(standings.map((standing) => standing?.allowed)).toEqual([true, true, true, false]);
    expect([region.proxy.calls.length, warned]).toEqual([1, ['rate_limits_local']]);
    region.proxy.heal();
    expect((await limiter?.take(name, policy, 1, now + 9_999))?.allowed).toBe(false);
    expect((await limiter?.take(name, policy, 1, now + 10_000))?.allowed).toBe(true);
    expect(region.proxy.calls.length).toBe(1);
  });

  it('whose answers are lost lets no more pass than it may', async () => {
    const [limiters, name] = [functions(2), freshName()];
    const lost = new Set<string>();
    region.proxy.fail(({ operation, body }) =>
      /^(?:Put|Update)Item$/.test(operation) && lost.size < lost.add(body).size ? { kind: 'lose_answer' } : null,
    );
    const passed = await exhaust(limiters, name, { limit: 40, windowSeconds: 60 }, now);
    expect(passed).toBeGreaterThan(20);
    expect(passed).toBeLessThanOrEqual(40);
    expect(warned).toEqual([]);
  });
});

it('a process holds no more windows than it may, and asks the table again for those it has forgotten', async () => {
  const limiter = createDynamodbRateLimiter(
    table,
    { alone: createMemoryRateLimiter(), log: { warn: (event) => void warned.push(event) } },
    1,
  );
  const policy = { limit: 1, windowSeconds: 60 };
  const [first, second] = [freshName(), freshName()];
  await limiter.take(first, policy, 1, now);
  await limiter.take(second, policy, 1, now);
  expect(await limiter.take(first, policy, 1, now)).toMatchObject({ allowed: false, remaining: 0 });
});
