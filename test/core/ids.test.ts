import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type EmailId, newEmailId, parseEmailId, timeOfEmailId } from '../../functions/core/ids.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const randomness = fc.uint8Array({ minLength: 16, maxLength: 16 });

function idOf(now: number, bytes: Uint8Array): string {
  return newEmailId(now, { bytes: () => bytes, fraction: () => 0 });
}

describe('an email id', () => {
  it('sorts by the millisecond it was made in', () => {
    fc.assert(
      fc.property(time, time, randomness, randomness, (a, b, x, y) => {
        if (a < b) expect(idOf(a, x) < idOf(b, y)).toBe(true);
      }),
    );
  });

  it('carries all 128 random bits', () => {
    fc.assert(
      fc.property(time, randomness, fc.nat(127), (now, bytes, bit) => {
        const other = Uint8Array.from(bytes);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(idOf(now, other)).not.toBe(idOf(now, bytes));
      }),
    );
  });

  it('tells when it was made', () => {
    fc.assert(
      fc.property(time, randomness, (now, bytes) => {
        expect(timeOfEmailId(idOf(now, bytes) as EmailId)).toBe(now);
      }),
    );
  });

  it('reads back, and nothing else does', () => {
    const id = idOf(1_700_000_000_000, new Uint8Array(16).fill(255));
    expect(parseEmailId(id)).toBe(id);
    for (const text of ['', 'em_', id.slice(1), `${id}0`, id.toUpperCase(), `${id}\n`, id.replace(/.$/, 'u')]) {
      expect(parseEmailId(text)).toBeNull();
    }
  });
});
