import { isAscii } from 'node:buffer';

import * as fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';

import { lineFault } from '../../functions/mime/content-facts.ts';
import { toSevenBit } from '../../functions/mime/seven-bit.ts';

describe('conversion to 7 bits', () => {
  it('leaves ASCII alone', () => {
    const mail = 'Content-Transfer-Encoding: 8bit\r\n\r\nplain\r\n';
    expect(converted(mail)).toBe(mail);
  });

  it('makes text quoted-printable and says so in the same place', () => {
    expect(
      converted(
        'MIME-Version: 1.0\r\nContent-transfer-encoding: 8bit\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße an alle, die das hier lesen = \r\n',
      ),
    ).toBe(
      'MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n' +
        'Gr=C3=BC=C3=9Fe an alle, die das hier lesen =3D=20\r\n',
    );
  });

  it('makes base64 of what is mostly not ASCII, and of what is no text', () => {
    expect(converted('Content-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\nпривет\r\n')).toBe(
      'Content-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
        '0L/RgNC40LLQtdGCDQo=\r\n',
    );
    expect(
      converted('Content-Type: image/x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n\r\naaaaaaaaaaaaé'),
    ).toBe(
      'Content-Type: image/x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nYWFhYWFhYWFhYWFhw6k=\r\n',
    );
  });

  it('labels a mail that had no MIME header', () => {
    expect(converted('Subject: x\r\n\r\nthe bücher text')).toBe(
      'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n' +
        'Content-Transfer-Encoding: quoted-printable\r\n\r\nthe b=C3=BCcher text\r\n',
    );
    expect(converted(Buffer.from('\r\nthe longer \xfc text', 'latin1'))).toContain('charset=unknown-8bit');
  });

  it('converts only the parts that need it, at any depth, and relabels what holds them', () => {
    const untouched = '--o\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\nplain \t\r\n';
    const mail = (encoding: string, label: string, text: string) =>
      `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n${label}\r\npreamble\r\n${untouched}` +
      `--o\r\nContent-Type: multipart/alternative; boundary="i i"\r\n${label}\r\n` +
      `--i i\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${text}\r\n--i i--\r\n\r\n` +
      `--o\r\nContent-Type: message/rfc822\r\n${label}\r\nSubject: inner\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${text}\r\n--o--\r\nepilogue`;
    const text = 'nearly all of this is plain, but ';
    expect(converted(mail('8bit', 'Content-Transfer-Encoding: 8bit\r\n', `${text}é`))).toBe(
      `${mail('quoted-printable', 'Content-Transfer-Encoding: 7bit\r\n', `${text}=C3=A9`)}\r\n`,
    );
  });

  it('takes parts of a digest for messages', () => {
    const mail =
      'Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\nmost of this is é\r\n--b--\r\n';
    expect(converted(mail)).toContain(
      '--b\r\n\r\nSubject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nmost of',
    );
  });

  it('repairs parts that say they are encoded and are not quite', () => {
    const quoted = 'Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db é\r\nsoft=\r\nend\r\n';
    expect(converted(quoted)).toBe(quoted.replace('é', '=C3=A9'));
    expect(converted('Content-Transfer-Encoding: BASE64\r\n\r\nYWFé\r\n')).toBe(
      'Content-Transfer-Encoding: BASE64\r\n\r\nYWF??\r\n',
    );
  });

  it('encodes a multipart that cannot be split as a whole, and masks what is between parts', () => {
    expect(converted('Content-Type: multipart/mixed; boundary=b\r\n\r\nno delimiter, é\r\n')).toBe(
      'Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nno delimiter, =C3=A9\r\n',
    );
    expect(converted('Content-Type: multipart/mixed; boundary=b\r\n\r\né\r\n--b\r\n\r\nx\r\n--b--\r\né\r\n')).toBe(
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n??\r\n--b\r\n\r\nx\r\n--b--\r\n??\r\n',
    );
  });

  it('writes the transfer encoding once where it stood twice', () => {
    const twice =
      'Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding:\r\n 8bit\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nmostly plain é\r\n';
    expect(converted(twice).match(/Content-Transfer-Encoding/g)).toHaveLength(1);
  });

  it('parses back to the same text and octets', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'word ', 'é', '€', '=', '=C3', ' ', '\t', '\r\n', '.', '\u{1f600}'),
      maxLength: 300,
    });
    await fc.assert(
      fc.asyncProperty(text, text, fc.uint8Array({ maxLength: 300 }), async (plain, html, octets) => {
        const binary =
          '\xe9' +
          Buffer.from(octets)
            .toString('latin1')
            .replace(/[\r\n]/g, '');
        const mail = Buffer.from(
          'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\nContent-Transfer-Encoding: binary\r\n\r\n' +
            '--o\r\nContent-Type: multipart/alternative; boundary=i\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' +
            `--i\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${latin1(plain)}\r\n` +
            `--i\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${latin1(html)}\r\n--i--\r\n` +
            `--o\r\nContent-Type: application/x; name=f\r\nContent-Disposition: attachment; filename=f\r\nContent-Transfer-Encoding: binary\r\n\r\n${binary}\r\n--o--\r\n`,
          'latin1',
        );
        const result = Buffer.concat(toSevenBit(mail));
        expect(isAscii(result)).toBe(true);
        expect(lineFault(result)).toBeNull();
        const [before, after] = [await PostalMime.parse(mail), await PostalMime.parse(result)];
        expect(lines(after.text)).toBe(lines(before.text));
        expect(lines(after.html)).toBe(lines(before.html));
        expect(Buffer.from(after.attachments[0]?.content as ArrayBuffer).toString('latin1')).toBe(binary);
      }),
      { numRuns: 150 },
    );
  });

  it('takes any bytes, and always gives ASCII behind an ASCII header (C51)', () => {
    const units = [
      '--b',
      '--b--',
      '\r\n',
      '\r\n\r\n',
      'Content-Type: multipart/mixed; boundary=b',
      'Content-Type: message/rfc822',
      'Content-Transfer-Encoding: 8bit',
      '=',
      ' ',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...units), { maxLength: 30 }),
        fc.uint8Array({ maxLength: 20 }),
        (parts, octets) => {
          const header = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
          const bytes = Buffer.concat([
            Buffer.from(header + parts.join('')),
            octets,
            Buffer.from(parts.toReversed().join('')),
          ]);
          const result = Buffer.concat(toSevenBit(bytes)).toString('latin1');
          expect(result.startsWith('Content-Type: multipart/mixed; boundary=b\r\n')).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('bears nesting without end and many parts', () => {
    const nested = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'.repeat(20_000);
    expect(isAscii(Buffer.concat(toSevenBit(Buffer.from(`${nested}\r\né`))))).toBe(true);
    const many = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\né\r\n'.repeat(100_000)}--b--\r\n`;
    expect(isAscii(Buffer.concat(toSevenBit(Buffer.from(many))))).toBe(true);
  });

  it('encodes large parts in lines', () => {
    const text = Buffer.concat([
      Buffer.from('Content-Type: text/plain\r\n\r\n'),
      Buffer.from('Zeile mit ü am Rand \r\n'.repeat(50_000)),
    ]);
    const octets = Buffer.concat([Buffer.from('Content-Type: image/x\r\n\r\n'), Buffer.alloc(1_000_000, 0xe9)]);
    for (const mail of [text, octets]) {
      const result = Buffer.concat(toSevenBit(mail));
      expect(isAscii(result)).toBe(true);
      expect(lineFault(result)).toBeNull();
    }
  });
});

function converted(mail: string | Buffer): string {
  return Buffer.concat(toSevenBit(Buffer.from(mail as string))).toString('latin1');
}

// The parser ends a text with line feeds or with what the encoding held, and adds one.
function lines(text = ''): string {
  return text.replaceAll('\r\n', '\n').replace(/\n+$/, '');
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
