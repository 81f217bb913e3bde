import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { publishesKeyOf } from '../../../functions/core/domains/dkim-record.ts';
import { parseTagList } from '../../../functions/core/tag-list.ts';

const p = 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu/+x==';
const asked = `v=DKIM1; k=rsa; p=${p}`;

describe('a published DKIM record holds the key', () => {
  it.each([
    ['as asked', asked],
    ['without optional tags', `p=${p}`],
    ['with the version alone', `v=DKIM1;p=${p}`],
    ['in another order', `v=DKIM1; p=${p}; k=rsa;`],
    ['with white space', ` v = DKIM1 ;\tk = rsa\r\n ; p = ${p.slice(0, 9)} ${p.slice(9, 20)}\t${p.slice(20)} ; `],
    ['with notes and flags', `v=DKIM1; n=by hand; t=y:s; g=*; p=${p}`],
    ['with SHA-256 among the hashes', `v=DKIM1; h=sha1 : sha256; p=${p}`],
    ['for email', `v=DKIM1; s=email; p=${p}`],
    ['for every service', `v=DKIM1; s=other:*; p=${p}`],
    ['without the padding', asked.replace('==', '')],
  ])('%s', (_, published) => {
    expect(publishesKeyOf(published, asked)).toBe(true);
  });

  it.each([
    ['revoked', 'v=DKIM1; k=rsa; p='],
    ['without a key', 'v=DKIM1; k=rsa'],
    ['with another key', asked.replace('Q8A', 'Q8B')],
    ['in another case', asked.toLowerCase()],
    ['cut short', asked.slice(0, -8)],
    ['of another algorithm', `v=DKIM1; k=ed25519; p=${p}`],
    ['for SHA-1 only', `v=DKIM1; h=sha1; p=${p}`],
    ['for another service', `v=DKIM1; s=tlsrpt; p=${p}`],
    ['of another version', `v=DKIM2; p=${p}`],
    ['with the version late', `k=rsa; v=DKIM1; p=${p}`],
    ['with the key twice', `${asked}; p=${p}`],
    ['that is no record', 'v=spf1 -all'],
    ['of another kind', `v=DMARC1; p=${p}`],
    ['quoted', `"${asked}"`],
    ['empty', ''],
    ['with the name of the record before it', `x._domainkey.example IN TXT ${asked}`],
  ])('but not when %s', (_, published) => {
    expect(publishesKeyOf(published, asked)).toBe(false);
  });

  it('and an empty key matches nothing, not even itself', () => {
    expect(publishesKeyOf('v=DKIM1; p=', 'v=DKIM1; p=')).toBe(false);
  });

  it('in whatever order and white space the tags stand', () => {
    const blank = fc.string({ unit: fc.constantFrom(' ', '\t', '\r\n '), maxLength: 3 });
    const tags = fc.shuffledSubarray(['k=rsa', 'n=x', 't=s', 'h=sha256'], { minLength: 0 });
    fc.assert(
      fc.property(tags, fc.array(blank, { minLength: 12, maxLength: 12 }), fc.nat(p.length), (others, blanks, cut) => {
        const key = `p=${p.slice(0, cut)}${blanks[0]}${p.slice(cut)}`;
        const spaced = [...others, key].map((tag, index) => {
          const [name = '', ...value] = tag.split('=');
          return `${blanks[index]}${name}${blanks[index + 1]}=${blanks[index + 2]}${value.join('=')}${blanks[index + 3]}`;
        });
        expect(publishesKeyOf(['v=DKIM1', ...spaced].join(';'), asked)).toBe(true);
      }),
    );
  });

  it('never when a character of the key is another one', () => {
    fc.assert(
      fc.property(fc.nat(p.length - 3), fc.constantFrom('A', 'b', '7', '/'), (at, character) => {
        fc.pre(p.charAt(at) !== character);
        const published = `v=DKIM1; k=rsa; p=${p.slice(0, at)}${character}${p.slice(at + 1)}`;
        expect(publishesKeyOf(published, asked)).toBe(false);
      }),
    );
  });
});

describe('a tag list', () => {
  it('comes back from the text it was written as', () => {
    const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,8}$/);
    const value = fc.stringMatching(/^[!-:<-~]{0,20}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { minLength: 1, selector: ([key]) => key }), (pairs) => {
        const text = pairs.map(([key, item]) => `${key}=${item}`).join('; ');
        expect([...(parseTagList(text) ?? [])]).toEqual(pairs);
      }),
    );
  });

  it('is read or refused, and never fails, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const read = parseTagList(text);
        expect(read === null || read.size > 0).toBe(true);
        expect(publishesKeyOf(text, asked)).toBe(false);
      }),
    );
  });

  it('of any length takes no more time than its length (I25)', () => {
    const half = 200_000;
    for (const text of [' '.repeat(half), '=;'.repeat(half), `p=${' \t'.repeat(half)}x`, 'a='.repeat(half)]) {
      expect(publishesKeyOf(text, asked)).toBe(false);
    }
  });
});
