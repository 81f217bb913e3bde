import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { safeFilename } from '../../functions/mime/safe-filename.ts';

describe('a safe filename', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['Bericht März.pdf', 'Bericht März.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\cv.doc', 'cv.doc'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['a\0b\r\nc.txt', 'abc.txt'],
    ['.htaccess', 'htaccess'],
    ['..', 'attachment'],
    ['dir/', 'attachment'],
    ['', 'attachment'],
    [' \u200b ', 'attachment'],
  ])('of %j is %j', (name, safe) => {
    expect(safeFilename(name)).toBe(safe);
  });

  it('is cut to 255 octets with its extension', () => {
    const name = safeFilename(`${'ü'.repeat(5000)}.pdf`);
    expect(name).toMatch(/^ü+\.pdf$/);
    expect(Buffer.byteLength(name)).toBe(254);
  });

  it('is found at once in a name of 64 KiB', () => {
    const names = [' ', '.', '/', 'é', '\u202e', '. '].map((unit) => safeFilename(`a${unit.repeat(65_536)}b`));
    expect(names).not.toContain('');
  }, 5_000);

  it('never holds a path, control or direction mark, whatever came in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (name) => {
        const safe = safeFilename(name);
        expect(safe).not.toMatch(/[\p{Cc}/\\\u202a-\u202e\u2066-\u2069]/u);
        expect(safe).not.toMatch(/^\.|^$/);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(255);
      }),
    );
  });
});
