import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fingerprintOf } from '../../../functions/http/reading/fingerprint.ts';

describe('the fingerprint of a body', () => {
  it('is the same for equal values and differs for others', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (left, right) => {
        const same = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
        expect(fingerprintOf(left) === fingerprintOf(right)).toBe(same);
        expect(fingerprintOf(sorted(left))).toBe(fingerprintOf(left));
      }),
    );
  });

  it.each([
    [['a', 'b'], ['ab']],
    [['a"1:b'], ['a', 'b']],
    [{ a: ['b'] }, { a: 'b' }],
    [[[1], [2]], [[1, 2]]],
    [[null], ['null']],
    [[1], ['1']],
    [[], {}],
  ])('tells %j from %j', (left, right) => {
    expect(fingerprintOf(left)).not.toBe(fingerprintOf(right));
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, item]): [string, unknown] => [key, sorted(item)]).reduce(withEntry, Object.create(null));
}

function withEntry(object: Record<string, unknown>, [key, value]: [string, unknown]): Record<string, unknown> {
  object[key] = value;
  return object;
}
