import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeBase64 } from '../../../functions/http/reading/base64.ts';

const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

describe('strict base64', () => {
  it('decodes what an encoder made', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('refuses exactly what is not in canonical form', () => {
    const character = fc.constantFrom(
      'A',
      'Q',
      'z',
      '9',
      '+',
      '/',
      '=',
      '-',
      '_',
      ' ',
      '\n',
      '!',
      '\u0141',
      '\u00c1',
      '\u{1f600}',
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 16 }), (characters) => {
        const text = characters.join('');
        const isCanonical = strict.test(text) && Buffer.from(text, 'base64').toString('base64') === text;
        expect(decodeBase64(text) !== null).toBe(isCanonical);
      }),
      { numRuns: 20_000 },
    );
  });

  it('refuses one foreign character in the middle of megabytes', () => {
    const text = 'QUJD'.repeat(1_000_000);
    expect(decodeBase64(text)).toHaveLength(3_000_000);
    for (const foreign of ['=', '-', '_', '\n', '\u0141']) {
      expect(decodeBase64(`${text.slice(0, 2_000_001)}${foreign}${text.slice(2_000_002)}`)).toBeNull();
    }
  });
});
