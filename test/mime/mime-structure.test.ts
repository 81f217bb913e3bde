import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readEntity, splitMultipart } from '../../functions/mime/mime-structure.ts';

describe('splitting a multipart body', () => {
  it('finds the parts between the delimiter lines', () => {
    expect(partsOf('pre\r\n--b\r\none\r\n\r\n--b \t\r\n\r\n--b\r\n--b--\r\npost', 'b')).toEqual(['one\r\n', '', '']);
  });

  it('takes a missing last delimiter for the end', () => {
    expect(partsOf('--b\r\none', 'b')).toEqual(['one']);
  });

  it('is not misled by longer boundaries, quoted delimiters or text behind one', () => {
    expect(partsOf('--b\r\n--bb\r\n> --b\r\n--b text\r\nx--b\r\n--b--', 'b')).toEqual([
      '--bb\r\n> --b\r\n--b text\r\nx--b',
    ]);
  });

  it('finds nothing without a delimiter', () => {
    expect(splitMultipart(Buffer.from('no parts'), 'b')).toBeNull();
  });

  it('loses no octet', () => {
    const body = fc.string({ unit: fc.constantFrom('--b', '--b--', '\r\n', '\n', 'x', ' ', '-', 'b'), maxLength: 60 });
    fc.assert(
      fc.property(body, (text) => {
        const stretches = splitMultipart(Buffer.from(text), 'b') ?? [{ bytes: text }];
        expect(stretches.map(({ bytes }) => bytes.toString()).join('')).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('reading an entity', () => {
  it.each([
    ['Content-Type: multipart/mixed; boundary=b', 'b'],
    ['content-type : Multipart/Mixed;\r\n charset=x; Boundary="a \\"b\\" c"', 'a "b" c'],
    ['Content-Type: multipart/mixed; boundary=""', null],
    ['Content-Type: multipart/mixed', null],
  ])('knows the boundary of %j', (field, boundary) => {
    expect(readEntity(Buffer.from(`${field}\r\n\r\nx`), 'text/plain')).toMatchObject({
      type: 'multipart/mixed',
      boundary,
    });
  });

  it('falls back on defaults', () => {
    expect(readEntity(Buffer.from('\r\nbody'), 'message/rfc822')).toMatchObject({
      type: 'message/rfc822',
      encoding: '7bit',
      body: Buffer.from('body'),
    });
  });

  it('reads 64 KiB of hostile header at once', () => {
    const units = ['Content-Type: ', ';boundary', '; boundary="\\', '\r\n ', 'a:\r\n', 'a ', '"', '\\"', 'text/'];
    const bodies = units.map((unit) => {
      const header = `Content-Type: ${unit.repeat(65_536 / unit.length)}`;
      return readEntity(Buffer.from(`${header}\r\n\r\nbody`), 'a/b')
        .body.toString()
        .trim();
    });
    expect(new Set(bodies)).toEqual(new Set(['body']));
  }, 5_000);
});

function partsOf(body: string, boundary: string): string[] | undefined {
  return splitMultipart(Buffer.from(body), boundary)
    ?.filter(({ isPart }) => isPart)
    .map(({ bytes }) => bytes.toString());
}
