import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readableText } from '../../functions/mime/encoded-words.ts';
import { freeTextField } from '../../functions/mime/header-text.ts';

describe('the readable form of a header text', () => {
  it.each([
    ['Hello', 'Hello'],
    ['=?utf-8?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
    ['=?UTF-8?b?R3LDvMOfZQ==?= to all', 'Grüße to all'],
    ['=?utf-8?Q?a?= =?utf-8?Q?_b?=  c', 'a b  c'],
    ['=?iso-8859-1?q?caf=E9?=', 'café'],
    ['=?utf-8*en?Q?Hello?=', 'Hello'],
    // One character over two words.
    ['=?utf-8?B?8J+T?= =?utf-8?B?rQ==?=', '\u{1f4ed}'],
    ['=?iso-8859-1?Q?=E9?= =?utf-8?Q?=C3=A9?=', 'éé'],
    ['=?x-unknown?Q?abc?=', '=?x-unknown?Q?abc?='],
    ['=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
    ['=?utf-8?Q?a=0D=0AEvil:_b=00?=', 'a Evil: b '],
  ])('of %s is %s', (value, expected) => {
    expect(readableText(value)).toBe(expected);
  });

  it('gives back what we encode ourselves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }), (subject) => {
        const plain = subject.replaceAll(/[\x00-\x1f\x7f]/g, '');
        const field = freeTextField('S', plain).replaceAll('\r\n', '').slice('S:'.length).trim();
        expect(readableText(field).trim()).toBe(plain.trim());
      }),
    );
  });

  it('of 64 KB of attack text is there at once (I25)', () => {
    for (const unit of ['=?', '=?a?Q?', '?= ', '=?utf-8?Q?=', ' ', '=?a*', '=?utf-8?Q?a?= ']) {
      const start = process.cpuUsage();
      readableText(unit.repeat(Math.ceil(65_536 / unit.length)));
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(500);
    }
  });
});
