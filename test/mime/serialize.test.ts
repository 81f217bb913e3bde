import fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, it } from 'vitest';

import { serialized } from '../../functions/mime/serialize.ts';

type Options = ConstructorParameters<typeof MailComposer>[0];

const words = fc.oneof(
  fc.lorem({ maxCount: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('', '.', '\r\n.\r\n', 'a\r\n \r\n', 'x'.repeat(3_000), `${'=ü '.repeat(200)}\t`, 'ends in a space '),
);
const text = fc.array(words, { maxLength: 5 }).map((parts) => parts.join('\r\n').replace(/\r\n?|\n/g, '\r\n'));
const attachment = fc.record({
  filename: fc.constantFrom('a.txt', 'b.bin', 'c.png'),
  content: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
  contentType: fc.constantFrom('text/plain', 'application/octet-stream', 'image/png'),
  contentDisposition: fc.constantFrom('attachment', 'inline'),
  cid: fc.constantFrom('one', 'two', undefined),
});

function treeOf(options: Options) {
  const date = new Date(1_700_000_000_000);
  return new MailComposer({ ...options, date, messageId: '<a@b.example>', baseBoundary: 'boundary' }).compile();
}

describe('a tree serialised at once', () => {
  it('is octet for octet what nodemailer streams', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, fc.array(attachment, { maxLength: 3 }), async (plain, html, attachments) => {
        const options = { text: plain, html, attachments } as Options;
        const streamed = await treeOf(options).build();
        expect(serialized(treeOf(options)).toString('latin1')).toBe(streamed.toString('latin1'));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a part that is neither text nor bytes', () => {
    expect(() => serialized(treeOf({ text: { path: '/etc/hostname' } }))).toThrow('neither text nor bytes');
  });
});
