import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ProjectId } from '../../../functions/core/ids.ts';
import { createCursors } from '../../../functions/http/reading/cursor.ts';

const mine = 'prj_mine' as ProjectId;
const theirs = 'prj_theirs' as ProjectId;
const cursors = createCursors(Buffer.alloc(32, 1));
const position = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

describe('a cursor', () => {
  it('leads back to its position, and is one word that a URL takes as it is', () => {
    fc.assert(
      fc.property(position, (place) => {
        const cursor = cursors.encode(mine, 'emails', place);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(cursors.decode(mine, 'emails', cursor)).toBe(place);
      }),
    );
  });

  it('is worth nothing in another project, another list or under another key (X04)', () => {
    const cursor = cursors.encode(mine, 'emails', 'here');
    expect(cursors.decode(theirs, 'emails', cursor)).toBeNull();
    expect(cursors.decode(mine, 'suppressions', cursor)).toBeNull();
    expect(createCursors(Buffer.alloc(32, 2)).decode(mine, 'emails', cursor)).toBeNull();
  });

  it('is worth nothing with any character changed, added or taken away (X05)', () => {
    const cursor = cursors.encode(mine, 'emails', 'here');
    const added = fc.string({
      unit: fc.constantFrom('a', 'z', 'A', 'Z', '0', '9', '-', '_', '=', '+', ' ', '%', '\u00e9'),
      maxLength: 2,
    });
    fc.assert(
      fc.property(fc.nat(cursor.length), fc.nat(2), added, (at, cut, inserted) => {
        const forged = cursor.slice(0, at) + inserted + cursor.slice(at + cut);
        fc.pre(forged !== cursor);
        expect(cursors.decode(mine, 'emails', forged)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('cannot be made by hand (X05)', () => {
    for (const forged of [
      '',
      'x',
      'here',
      Buffer.from('here').toString('base64url'),
      'A'.repeat(22),
      'A'.repeat(9_000),
    ]) {
      expect(cursors.decode(mine, 'emails', forged)).toBeNull();
    }
  });
});
