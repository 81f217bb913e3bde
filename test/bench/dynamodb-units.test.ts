import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { itemBytes, readUnits, writeUnits } from '../../bench/cost/dynamodb-units.ts';

const indexes = [
  ['l', 'pk'],
  ['x', 'd'],
];
const text = (bytes: number) => ({ S: 'x'.repeat(bytes) });
const key = { pk: text(10) };

describe('the size of an item', () => {
  it.each([
    [{}, 0],
    [{ a: { S: 'bé' } }, 4],
    [{ a: { N: '1794220800123' } }, 1 + 8],
    [{ a: { B: 'AAEC' } }, 1 + 3],
    [{ a: { B: new Uint8Array(3) } }, 1 + 3],
    [{ a: { BOOL: false }, b: { NULL: true } }, 4],
    [{ a: { L: [{ S: 'bc' }] } }, 1 + 3 + 1 + 2],
    [{ a: { M: { b: { S: 'c' } } } }, 1 + 3 + 1 + 2],
  ])('of %j is %i', (item, bytes) => {
    expect(itemBytes(item)).toBe(bytes);
  });
});

describe('a write', () => {
  it.each([
    ['one that finds nothing and leaves nothing', {}, {}, 1],
    ['1 KB', {}, { pk: text(1_022) }, 1],
    ['one byte more', {}, { pk: text(1_023) }, 2],
    ['one that makes an item shorter', { pk: text(3_000) }, key, 3],
    ['one that puts an entry into an index', {}, { ...key, l: text(1) }, 2],
    ['one that takes it out', { ...key, l: text(1) }, {}, 2],
    ['one that moves it', { ...key, x: text(1), d: { N: '1' } }, { ...key, x: text(1), d: { N: '2' } }, 3],
    ['one that leaves it as it is', { ...key, l: text(1), v: { N: '1' } }, { ...key, l: text(1), v: { N: '2' } }, 1],
    ['half of what an index is keyed by', {}, { ...key, x: text(1) }, 1],
    ['entries in two indexes', {}, { ...key, l: text(1), x: text(1), d: { N: '1' } }, 3],
  ])('of %s is billed as it should be', (_what, before, after, units) => {
    expect(writeUnits(before, after, indexes)).toBe(units);
  });

  it('costs the same in both directions, and never less than its size', () => {
    const item = fc.dictionary(fc.constantFrom('pk', 'l', 'x', 'd', 'e'), fc.nat(4_000).map(text));
    fc.assert(
      fc.property(item, item, (before, after) => {
        const units = writeUnits(before, after, indexes);
        expect(units).toBe(writeUnits(after, before, indexes));
        const byLargerItem = Math.max(1, Math.ceil(Math.max(itemBytes(before), itemBytes(after)) / 1_024));
        expect(units).toBeGreaterThanOrEqual(byLargerItem);
        expect(units).toBeLessThanOrEqual(byLargerItem + 2 * indexes.length);
      }),
    );
  });
});

it.each([
  [0, true, 1],
  [0, false, 0.5],
  [4_096, true, 1],
  [4_097, true, 2],
  [4_097, false, 1],
])('reading %i bytes, consistent %s, is billed as %d units', (bytes, consistent, units) => {
  expect(readUnits(bytes, consistent)).toBe(units);
});
