import * as fc from 'fast-check';
import { decodeWords } from 'postal-mime';
import { describe, expect, it } from 'vitest';

import { foldedField, freeTextField, longestWord, phrase } from '../../functions/mime/header-text.ts';

describe('free text in a header', () => {
  it('stays as it is when it is short and plain', () => {
    expect(freeTextField('Subject', 'Your order: 50% off!')).toBe('Subject: Your order: 50% off!');
  });

  it('is folded at spaces before column 78', () => {
    const field = freeTextField('Subject', 'word '.repeat(40).trim());
    expect(field.split('\r\n').every((line) => line.length <= 78)).toBe(true);
    expect(field.replaceAll('\r\n', '')).toBe(`Subject: ${'word '.repeat(40).trim()}`);
  });

  it('is encoded when a word is too long for any line', () => {
    const word = 'x'.repeat(2000);
    const field = freeTextField('Subject', word);
    expect(field.split('\r\n').every((line) => line.length <= 78)).toBe(true);
    expect(decodeWords(unfolded(field))).toBe(`Subject: ${word}`);
  });

  it('keeps a word of 997 octets in one piece', () => {
    const field = freeTextField('X-Token', 'x'.repeat(997));
    expect(field).toBe(`X-Token:\r\n ${'x'.repeat(997)}`);
  });

  it('is encoded when it looks encoded, so that it reads as written', () => {
    expect(freeTextField('Subject', '=?utf-8?Q?x?=')).toBe('Subject: =?UTF-8?B?PT91dGYtOD9RP3g/PQ==?=');
  });

  it('gives spaces for control characters', () => {
    expect(freeTextField('Subject', 'a\r\nBcc: x\0y')).toBe('Subject: a Bcc: x y');
  });

  it('decodes to what was put in, in lines of at most 998 octets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const value = text.replace(/[\x00-\x1f\x7f]+/g, ' ');
        const field = freeTextField('X-Note', value);
        expect(field.split('\r\n').every((line) => /^[\x20-\x7e]*$/.test(line) && line.length <= 998)).toBe(true);
        expect(decodeWords(unfolded(field))).toBe(value === '' ? 'X-Note:' : `X-Note: ${value}`);
      }),
    );
  });

  it('takes 64 KiB of hostile text at once', () => {
    const units = [' ', 'a ', '=?', '=?utf-8?Q?', '"\\', 'é', 'é ', '\r\n'];
    const texts = units.map((unit) => unit.repeat(65_536 / unit.length));
    const fields = texts.flatMap((text) => [freeTextField('Subject', text), phrase(text)]);
    expect(fields.join('')).not.toMatch(/\r\n(?! )/);
  }, 5_000);
});

describe('a folded field', () => {
  it('unfolds to its value', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[!-~]{1,40}$/), { minLength: 1, maxLength: 60 }), (words) => {
        const value = words.join(' ');
        const field = foldedField('References', value);
        expect(field.replaceAll('\r\n', '')).toBe(`References: ${value}`);
        expect(Math.max(...field.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
      }),
    );
  });

  it('cannot break a word, nor a run of spaces', () => {
    expect(longestWord('ab abc a')).toBe(3);
    expect(longestWord('a  b')).toBe(4);
  });
});

describe('a display name', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['Lovelace, Ada', '"Lovelace, Ada"'],
    ['a "b" \\c', '"a \\"b\\" \\\\c"'],
    ['x@example.com', '"x@example.com"'],
    ['Zoë', '=?UTF-8?Q?Zo=C3=AB?='],
    ['=?utf-8?Q?x?=', '=?UTF-8?B?PT91dGYtOD9RP3g/PQ==?='],
    ['Ada\r\nBcc: x', '"Ada Bcc: x"'],
  ])('%j is written %j', (name, written) => {
    expect(phrase(name)).toBe(written);
  });

  it('that is long is written in words that can be folded', () => {
    expect(
      Math.max(
        ...phrase('n'.repeat(2000))
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(76);
  });
});

function unfolded(field: string): string {
  return field.replaceAll('\r\n', '');
}
