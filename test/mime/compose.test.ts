import * as fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';

import { attachment, composed, named } from './drafts.ts';

describe('the composer', () => {
  it('writes a text mail with Message-ID and Date as given and nothing nobody asked for', async () => {
    const { wire, facts } = await composed({ headers: [{ name: 'X-Campaign', value: 'autumn' }] });
    expect(wire).toBe(
      [
        'From: Ada <ada@example.com>',
        'To: bob@example.net',
        'Subject: Tickets',
        'X-Campaign: autumn',
        'Message-ID: <em_1@example.com>',
        'Date: Tue, 14 Nov 2023 22:13:20 +0000',
        'Content-Transfer-Encoding: 7bit',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'See you there.',
        '',
      ].join('\r\n'),
    );
    expect(facts).toEqual({ sizeBytes: wire.length, eightBit: false, utf8Headers: false });
  });

  it('keeps Bcc out of the bytes', async () => {
    const { wire } = await composed({
      bcc: [named('secret@example.org', 'Secret')],
      headers: [{ name: 'Bcc', value: 'secret@example.org' }],
    });
    expect(wire).not.toMatch(/secret|bcc/i);
  });

  it('keeps custom headers in order and writes its own only once', async () => {
    const { wire } = await composed({
      replyTo: [named('help@example.com')],
      headers: [
        { name: 'X-B', value: '1' },
        { name: 'X-A', value: '2' },
        { name: 'X-B', value: '3' },
        { name: 'reply-to', value: 'eve@example.com' },
        { name: 'FROM', value: 'eve@example.com' },
        { name: 'Content-Type', value: 'text/html' },
      ],
    });
    expect(wire).toContain('X-B: 1\r\nX-A: 2\r\nX-B: 3\r\nMessage-ID:');
    expect(wire).not.toContain('eve@');
    expect(wire.match(/^content-type/gim)).toHaveLength(1);
  });

  it('joins text and HTML as alternatives, inline parts as related and attachments as mixed', async () => {
    const { bytes, wire } = await composed({
      html: '<img src="cid:logo">',
      attachments: [
        attachment({ filename: 'logo.png', contentType: 'image/png', contentId: 'logo', disposition: 'inline' }),
        attachment({ filename: 'report.pdf' }),
      ],
    });
    const order = ['multipart/mixed', 'multipart/alternative', 'text/plain', 'multipart/related', 'text/html'];
    const places = [...order, 'Content-ID: <logo>', 'application/pdf'].map((text) => wire.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    const parsed = await PostalMime.parse(bytes);
    expect(parsed.attachments.map(({ filename, disposition }) => [filename, disposition])).toEqual([
      ['logo.png', 'inline'],
      ['report.pdf', 'attachment'],
    ]);
  });

  it('makes boundaries of 128 random bits, new for every mail', async () => {
    const boundaryOf = (wire: string) => /boundary="=_-([0-9a-f]{32})-Part_1"/.exec(wire)?.[1];
    const boundaries = await Promise.all(
      Array.from({ length: 20 }, async () => boundaryOf((await composed({ html: '<p>' })).wire)),
    );
    expect(boundaries).not.toContain(undefined);
    expect(new Set(boundaries).size).toBe(20);
  });

  it.each([
    ['lone LF', 'a\nb'],
    ['lone CR', 'a\rb'],
    ['mixed', 'a\r\nb\nc\rd\n\re'],
    ['a smuggled end of data', 'a\n.\r\nMAIL FROM:<x@example.com>\r\n'],
  ])('turns %s into CRLF', async (_, text) => {
    const { bytes, wire } = await composed({ text, html: text });
    expect(wire).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
    const parsed = await PostalMime.parse(bytes);
    expect(lines(parsed.text)).toBe(lines(text));
  });

  it('I02 leaves U+2028, U+0085 and characters whose low octet is a line end as text', async () => {
    const text = 'a\u2028b\u2029c\u0085d\u010ae\u560df';
    const { bytes } = await composed({ text, subject: text });
    const parsed = await PostalMime.parse(bytes);
    expect(parsed.subject).toBe(text);
    expect(lines(parsed.text)).toBe(text);
  });

  it('I12 encodes a line of ten megabytes', async () => {
    const { bytes, wire } = await composed({ text: 'x'.repeat(10_000_000) });
    expect(longestLine(wire)).toBeLessThanOrEqual(998);
    expect(lines((await PostalMime.parse(bytes)).text)).toHaveLength(10_000_000);
  });

  it('writes international domains as A-labels, beside a UTF-8 local part too', async () => {
    const { wire, facts } = await composed({ from: named('ada@bücher.example'), to: [named('jürgen@bücher.example')] });
    expect(wire).toContain('From: ada@xn--bcher-kva.example');
    expect(Buffer.from(wire, 'latin1').toString()).toContain('To: jürgen@xn--bcher-kva.example');
    expect(facts).toMatchObject({ eightBit: true, utf8Headers: true });
  });

  it('needs no SMTPUTF8 for names, subjects and texts', async () => {
    const { facts } = await composed({ from: named('ada@bücher.example', 'Äda'), subject: 'Grüße', text: 'Grüße' });
    expect(facts).toMatchObject({ eightBit: false, utf8Headers: false });
  });

  it('sends attachments of a composite type as plain octets, so that no line in them reaches the wire', async () => {
    for (const contentType of [
      'message/rfc822',
      'multipart/mixed; boundary=x',
      'text/plain\r\nX-Evil: 1',
      'nonsense',
    ]) {
      const { wire } = await composed({ attachments: [attachment({ contentType, content: Buffer.from('a\nb') })] });
      expect(wire).toContain('Content-Type: application/octet-stream; name=report.pdf');
      expect(wire).not.toContain('Evil');
    }
  });

  it('never gives out a line above 998 octets, not even for a draft that should have been refused (C26)', async () => {
    await expect(composed({ headers: [{ name: 'X'.repeat(1000), value: 'y' }] })).rejects.toThrow(
      'line of 1001 octets',
    );
  });

  it('I21 makes filenames safe', async () => {
    const { bytes } = await composed({ attachments: [attachment({ filename: '../../evil\u202egpj.exe\r\nX: y' })] });
    expect((await PostalMime.parse(bytes)).attachments[0]?.filename).toBe('evilgpj.exeX: y');
  });
});

const unicode = fc.string({ unit: 'binary', maxLength: 300 });
const visible = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
  .map((text) => text.replace(/\s+/g, ' ').trim());

describe('whatever a draft holds', () => {
  it('parses back to the same values', async () => {
    await fc.assert(
      fc.asyncProperty(visible, visible, unicode, unicode, unicode, async (subject, name, text, html, value) => {
        const { bytes, wire } = await composed({
          from: named('ada@example.com', name),
          cc: [named('jürgen@example.com', name), named('c@example.com', name)],
          subject,
          text,
          html,
          headers: [{ name: 'X-Note', value }],
          attachments: [attachment({ content: Buffer.from(html) })],
        });
        expectSound(wire);
        const parsed = await PostalMime.parse(bytes);
        expect(parsed.subject ?? '').toBe(subject.replace(/[\x00-\x1f\x7f]+/g, ' ').trim());
        expect(parsed.from?.address).toBe('ada@example.com');
        expect(parsed.from?.name).toBe(name.replace(/[\x00-\x1f\x7f]+/g, ' ').trim());
        expect(parsed.cc?.map(({ address }) => address)).toEqual(['jürgen@example.com', 'c@example.com']);
        expect(lines(parsed.text)).toBe(lines(text));
        expect(lines(parsed.html)).toBe(lines(html));
        expect(Buffer.from(parsed.attachments[0]?.content as ArrayBuffer).toString()).toBe(
          Buffer.from(html).toString(),
        );
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('opens no line, field or part that was not asked for', async () => {
    const evil = fc
      .array(
        fc.constantFrom(
          '\r\n',
          '\n',
          '\r',
          '\0',
          '\r\nX-Evil: 1',
          '\r\n\r\nX-Evil',
          'é',
          '"',
          '\\',
          '<',
          '>',
          ',',
          ' ',
          '--',
          ';',
          '=?utf-8?Q?=0AX-Evil:?=',
          'a',
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(''));
    const baseline = fieldNames(
      (await composed({ html: '<p>', attachments: [attachment({ contentId: 'c' }), attachment()] })).wire,
    );
    await fc.assert(
      fc.asyncProperty(evil, evil, evil, evil, evil, evil, async (subject, name, header, filename, type, contentId) => {
        const { wire } = await composed({
          from: named('ada@example.com', name),
          subject,
          html: '<p>',
          headers: [
            { name: `X-Note${header}`, value: header },
            { name: 'List-Unsubscribe', value: header },
          ],
          attachments: [
            attachment({ filename, contentId: `c${contentId}`, contentType: `application/pdf; a="${type}` }),
            attachment({ filename, contentType: type }),
          ],
        });
        expectSound(wire);
        expect(wire).not.toMatch(/[\x80-\xff]/);
        expect(fieldNames(wire).filter((field) => !/^(?:x-note.*|list-unsubscribe)$/.test(field))).toEqual(baseline);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

// The header section of the message and those of its parts, by name.
function fieldNames(wire: string): string[] {
  return Array.from(wire.matchAll(/^([!-9;-~]+):(?: .*)?\r$/gm), ([, name = '']) => name.toLowerCase()).toSorted();
}

function expectSound(wire: string): void {
  expect(/\r(?!\n)|(?<!\r)\n/.test(wire)).toBe(false);
  expect(longestLine(wire)).toBeLessThanOrEqual(998);
}

function longestLine(wire: string): number {
  return wire.split('\r\n').reduce((longest, line) => Math.max(longest, line.length), 0);
}

function lines(text = ''): string {
  return Buffer.from(text)
    .toString()
    .replace(/\r\n?|\n/g, '\n')
    .replace(/\n+$/, '');
}
