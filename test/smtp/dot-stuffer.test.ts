import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DotStuffer } from '../../functions/smtp/dot-stuffer.ts';

function stuffed(pieces: readonly Uint8Array[]): string {
  const stuffer = new DotStuffer();
  const out = pieces.flatMap((piece) => stuffer.push(piece));
  return Buffer.concat([...out, stuffer.end()]).toString('latin1');
}

/** Cuts octets at any places. */
function cut(octets: Buffer, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((at) => at % (octets.length + 1)), octets.length].toSorted((a, b) => a - b);
  return ends.map((end, n) => octets.subarray(n === 0 ? 0 : ends[n - 1], end));
}

const lines = fc.array(fc.constantFrom('.', '..', 'a', '.a', '', 'word '.repeat(5)), { maxLength: 20 });
const anything = fc.array(fc.constantFrom('.', '\r', '\n', '\r\n', 'a', 'QUIT', '\r\n.\r\n', '\n.\n'), {
  maxLength: 30,
});

describe('the dot-stuffer', () => {
  test('is undone by a receiver, in pieces of any size (D08, C18)', () => {
    fc.assert(
      fc.property(lines, fc.array(fc.nat()), (parts, cuts) => {
        const text = parts.map((line) => `${line}\r\n`).join('');
        const wire = stuffed(cut(Buffer.from(text), cuts));
        expect(wire.endsWith('.\r\n')).toBe(true);
        expect(wire.slice(0, -3).replaceAll(/^\./gm, '')).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('shows exactly one end of data, even to a receiver to whom any CR or LF ends a line (D09, C18)', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.nat()), (parts, cuts) => {
        const wire = stuffed(cut(Buffer.from(parts.join('')), cuts));
        expect(wire).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(wire.split(/\r\n|\r|\n/).filter((line) => line === '.')).toHaveLength(1);
        expect(wire.endsWith('.\r\n')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('adds a line end only where there is none (RFC 5321 §4.1.1.4)', () => {
    const ends = ['', 'a', 'a\r\n', 'a\r', 'a\r\n\r\n'].map((text) => stuffed([Buffer.from(text)]));
    expect(ends).toEqual(['.\r\n', 'a\r\n.\r\n', 'a\r\n.\r\n', 'a\r\n.\r\n', 'a\r\n\r\n.\r\n']);
  });

  test('passes canonical content on without a copy', () => {
    const piece = Buffer.from('Subject: a\r\n\r\nb.c\r\n');
    expect(new DotStuffer().push(piece)).toEqual([piece]);
  });
});
