import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalLines } from '../../functions/mime/canonical-lines.ts';
import { lineFault } from '../../functions/mime/content-facts.ts';

const piece = fc.constantFrom('\r', '\n', '\r\n', '\n\r', 'a', '.', ' ', '\u0085', '\u2028', 'é');
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join('')));

describe('canonical lines', () => {
  it('have CRLF at every end and nowhere a lone CR or LF (I24, C17)', () => {
    fc.assert(
      fc.property(text, (bytes) => {
        const canonical = canonicalLines(bytes);
        expect(lineFault(canonical)).toBeNull();
        expect(canonical.length === 0 || canonical.toString('latin1').endsWith('\r\n')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are the same lines as before, and are left alone the second time', () => {
    fc.assert(
      fc.property(text, (bytes) => {
        const canonical = canonicalLines(bytes);
        const before = bytes.toString('latin1').split(/\r\n|\r|\n/);
        if (before.at(-1) === '') before.pop();
        expect(canonical.toString('latin1').split('\r\n').slice(0, -1)).toEqual(before);
        expect(canonicalLines(canonical)).toBe(canonical);
      }),
      { numRuns: 2_000 },
    );
  });
});
