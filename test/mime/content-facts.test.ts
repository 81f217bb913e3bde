import { describe, expect, it } from 'vitest';

import { factsOf, lineFault } from '../../functions/mime/content-facts.ts';

describe('the facts of content', () => {
  it.each([
    ['plain ASCII', 'Subject: x\r\n\r\nbody', false, false],
    ['an 8-bit body', 'Subject: x\r\n\r\nbodé', true, false],
    ['a UTF-8 header', 'Subject: é\r\n\r\nbody', true, true],
    [
      'a UTF-8 header in a part of a part',
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: é\r\n\r\n\r\n--b--',
      true,
      true,
    ],
    ['8-bit text in a part', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\né\r\n--b--', true, false],
  ])('say of %s what the server must be able to take', (_, mail, eightBit, utf8Headers) => {
    const bytes = Buffer.from(mail);
    expect(factsOf(bytes)).toEqual({ sizeBytes: bytes.length, eightBit, utf8Headers });
  });

  it('are found in any depth of nesting', () => {
    const bytes = Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(100_000) + 'é');
    expect(factsOf(bytes)).toMatchObject({ eightBit: true });
  });
});

describe('lines', () => {
  it.each([
    ['', null],
    ['a\r\nb', null],
    [`${'x'.repeat(998)}\r\n`, null],
    [`ok\r\n${'x'.repeat(999)}\r\n`, 'line of 999 octets at octet 4'],
    ['x'.repeat(999), 'line of 999 octets at octet 0'],
    ['a\nb', 'bare CR or LF in the line at octet 0'],
    ['\n', 'bare CR or LF in the line at octet 0'],
    ['a\r\nb\rc\r\n', 'bare CR or LF in the line at octet 3'],
    ['a\r\r\n', 'bare CR or LF in the line at octet 0'],
    ['a\r\n\r', 'bare CR or LF in the line at octet 3'],
  ])('%# are judged one by one', (text, fault) => {
    expect(lineFault(Buffer.from(text))).toBe(fault);
  });
});
