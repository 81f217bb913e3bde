import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { stsIdIn } from '../../functions/dns/sts-record.ts';

describe('the records of a domain with a policy', () => {
  it.each<[string, readonly string[]]>([
    ['1', ['v=STSv1; id=1']],
    ['20160831085700Z', ['v=STSv1; id=20160831085700Z;']],
    ['x', ['v=STSv1;id=x;']],
    ['x', ['v=STSv1; other=y; id=x']],
    ['x', ['v=STSv1;\tid=x ; other=a:b ;']],
    ['x', ['v=STSv1; id=x; id=y']],
    ['x', ['v=spf1 -all', 'V=STSv1; id=y', 'v=STSv2; id=y', 'v=STSv1 ; id=y', '', 'v=STSv1; id=x']],
    ['a'.repeat(32), [`v=STSv1; id=${'a'.repeat(32)}`]],
  ])('have the id %s: %j (C38)', (id, records) => expect(stsIdIn(records)).toBe(id));

  it.each<[string, readonly string[]]>([
    ['none', []],
    ['two', ['v=STSv1; id=x', 'v=STSv1; id=x']],
    ['two, one of them broken', ['v=STSv1; id=x', 'v=STSv1; x']],
    ['no id', ['v=STSv1;']],
    ['no id but others', ['v=STSv1; other=x']],
    ['a space before the version', [' v=STSv1; id=x']],
    ['an id with other characters', ['v=STSv1; id=2026-11-25']],
    ['a long id', [`v=STSv1; id=${'a'.repeat(33)}`]],
    ['an empty id', ['v=STSv1; id=']],
    ['an empty field', ['v=STSv1; id=x;; other=y']],
    ['a field without a value', ['v=STSv1; id=x; other']],
    ['a space in a value', ['v=STSv1; id=x; other=a b']],
    ['ID in capitals', ['v=STSv1; ID=x']],
    ['no end', [`v=STSv1; id=x; y=${'z'.repeat(3_000)}`]],
  ])('are not: %s (C38)', (_, records) => expect(stsIdIn(records)).toBe(null));

  it('have an id of at most 32 letters and digits, or none, whatever stands in them', () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^v=STSv1;[ \t;a-z=0-9id]{0,40}$/),
      fc.string().map((rest) => `v=STSv1; id=${rest}`),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (records) => {
        expect(stsIdIn(records) ?? 'none').toMatch(/^[a-z\d]{1,32}$/i);
      }),
    );
  });
});
