import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addressOf } from '../../client/address.ts';
import { PosternError } from '../../client/error.ts';
import { parseRetryAfter, retryDelayMs } from '../../client/retry.ts';

function errorWith(changes: Partial<PosternError>): PosternError {
  return new PosternError({
    status: 503,
    code: 'unavailable',
    detail: '',
    requestId: null,
    retryable: true,
    errors: [],
    retryAfterMs: null,
    ...changes,
  });
}

describe('the wait before another attempt', () => {
  it('doubles, is spread over its upper half, and never exceeds 20 seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, random) => {
          const delayMs = retryDelayMs({ error: errorWith({}), attempts, maxRetries: 50, repeatable: true, random });
          const ceiling = Math.min(20_000, 500 * 2 ** (attempts - 1));
          expect(delayMs).toBeGreaterThanOrEqual(ceiling / 2);
          expect(delayMs).toBeLessThanOrEqual(ceiling);
        },
      ),
    );
  });

  it('is never shorter than what the server asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 10 }), (retryAfterMs, attempts) => {
        const question = { error: errorWith({ retryAfterMs }), attempts, maxRetries: 50, repeatable: false, random: 0 };
        expect(retryDelayMs(question)).toBeGreaterThanOrEqual(retryAfterMs);
      }),
    );
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2030-01-31T09:30:00Z');

  it.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 31 Jan 2030 09:30:10 GMT', 10_000],
    ['Thu, 31 Jan 2030 09:29:00 GMT', 0],
    ['soon', null],
    ['-5x', null],
    ['', null],
    [null, null],
  ])('%o means %o ms', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});

describe('an address', () => {
  it('repeats a parameter for a list and leaves out what is absent', () => {
    const query = { to: ['a@b.example', 'c d'], limit: 5, after: undefined, before: null };
    expect(addressOf('http://h', '/v1/{id}/raw', { id: 'a/b' }, query)).toBe(
      'http://h/v1/a%2Fb/raw?to=a%40b.example&to=c+d&limit=5',
    );
  });
});
