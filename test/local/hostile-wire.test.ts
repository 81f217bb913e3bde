import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import PostalMime from 'postal-mime';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { dkimRecord } from '../../functions/mime/dkim-keys.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { ed25519Pem, keysFor, rsaPem } from '../mime/signing.ts';
import { type MailSink, startMailSink, type SunkMessage } from '../support/mail-sink.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';

const domain = 'sender.example';
const email = { from: `a@${domain}`, to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const records = new Map(
  keysFor(domain)
    .map(dkimRecord)
    .map(({ name, value }) => [name, value]),
);

let temporary: ReturnType<typeof temporaryDirectory>;
let sink: MailSink;
let postern: PosternProcess;

beforeAll(async () => {
  temporary = temporaryDirectory();
  sink = await startMailSink({ keep: true });
  postern = await startPostern(temporary.directory, {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_DKIM_KEYS: JSON.stringify([
      { domain, selector: 'rsa', key: rsaPem },
      { domain, selector: 'ed', key: ed25519Pem },
    ]),
  });
});

afterAll(async () => {
  await postern.stop('SIGKILL');
  await sink.close();
  temporary.dispose();
});

/** What arrives of an email: envelope and bytes. Whatever was sent, the bytes are lines and their signatures verify. */
async function arrived(changes: object): Promise<SunkMessage & { readonly wire: string }> {
  const before = sink.messages.length;
  const answer = await postern.request('POST', '/v1/emails', { ...email, ...changes });
  expect([answer.status, await answer.json()]).toEqual([202, expect.anything()]);
  for (let tries = 0; sink.messages.length === before && tries < 300; tries++) await sleep(10);
  const [message] = sink.messages.slice(before);
  if (message === undefined) throw new Error(`Nothing arrived:\n${postern.output()}`);
  const wire = message.bytes.toString('latin1');
  expect(wire).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
  expect(wire.split('\r\n').reduce((longest, line) => Math.max(longest, line.length), 0)).toBeLessThanOrEqual(998);
  const { results } = await dkimVerify(message.bytes, {
    resolver: (name) => Promise.resolve([[records.get(name) ?? 'none']]),
  });
  expect(results.map(({ status }) => status.result)).toEqual(['pass', 'pass']);
  return { ...message, wire };
}

function fieldNames(wire: string): string[] {
  const [header = ''] = wire.split('\r\n\r\n');
  return Array.from(header.matchAll(/^([!-9;-~]+):/gm), ([, name = '']) => name.toLowerCase());
}

const usualFields = [
  'dkim-signature',
  'dkim-signature',
  'from',
  'to',
  'subject',
  'message-id',
  'date',
  'content-transfer-encoding',
  'mime-version',
  'content-type',
];

describe('on the wire', () => {
  it('what only looks like a line end opens no field and comes through as it was (I02)', async () => {
    const text = 'a\u0085b\u2028c\u2029d\u010de\u010af\u560dg\u560ah';
    const to = { email: 'b\u010d\u010a@one.example', name: text };
    const message = await arrived({ to, subject: text, text, headers: { 'X-A': text } });
    expect(message.to).toEqual(['b\u010d\u010a@one.example']);
    expect(fieldNames(message.wire).toSorted()).toEqual([...usualFields, 'x-a'].toSorted());
    const parsed = await PostalMime.parse(message.bytes);
    expect([parsed.subject, parsed.to?.[0]?.name, parsed.text?.trimEnd()]).toEqual([text, text, text]);
  });

  it('an international domain is the same A-label in envelope, header and signature (I09)', async () => {
    const message = await arrived({ to: 'b@B\u00dcCHER\u3002example' });
    expect(message.to).toEqual(['b@xn--bcher-kva.example']);
    expect(message.wire).toContain('\r\nTo: b@xn--bcher-kva.example\r\n');
  });

  it('no line exceeds 998 octets, however long a word or line was (I12, C26)', async () => {
    const word = 'x'.repeat(5_000);
    const message = await arrived({
      subject: word,
      to: { email: 'b@one.example', name: 'n'.repeat(320) },
      text: word.repeat(200),
      html: `<p>${word}</p>`,
      headers: { 'X-A': word, References: `<${'r'.repeat(900)}@one.example> <${'s'.repeat(900)}@one.example>` },
      attachments: [{ filename: `${word}.txt`, content: Buffer.from(word).toString('base64') }],
    });
    const parsed = await PostalMime.parse(message.bytes);
    expect([parsed.subject, parsed.text?.trimEnd().length]).toEqual([word, 1_000_000]);
  });

  it('a recipient named in every field gets one RCPT and one copy (I13)', async () => {
    const spellings = ['b@b\u00fccher.example', 'b@B\u00dcCHER.example', 'b@xn--bcher-kva.example'];
    const before = sink.messages.length;
    const message = await arrived({ to: spellings, cc: spellings, bcc: spellings });
    expect(message.to).toEqual(['b@xn--bcher-kva.example']);
    expect(message.wire).not.toMatch(/^b?cc:/im);
    expect(sink.messages).toHaveLength(before + 1);
  });

  it('a filename beyond ASCII is written as RFC 2231 has it and read back safe (I21)', async () => {
    const filename = '../\u202eR\u00e9sum\u00e9 "2030"; \u{1f4c4}.pdf';
    const message = await arrived({ attachments: [{ filename, content: 'QQ==' }] });
    expect(message.wire).toMatch(/filename\*(?:0\*)?=utf-8''/i);
    const parsed = await PostalMime.parse(message.bytes);
    expect(parsed.attachments[0]?.filename).toBe('R\u00e9sum\u00e9 "2030"; \u{1f4c4}.pdf');
  });

  it('a content type of the sender\u2019s is one field of one part (I22)', async () => {
    const content_type = 'text/calendar; method=REQUEST; charset=utf-8';
    const { wire } = await arrived({ attachments: [{ filename: 'a.ics', content: 'QQ==', content_type }] });
    expect(wire.match(/^Content-Type: .*/gm)).toEqual([
      expect.stringContaining('multipart/mixed'),
      expect.stringContaining('text/plain'),
      expect.stringContaining('text/calendar'),
    ]);
  });

  it('boundaries are random, and what a text guesses of them stays text (I23)', async () => {
    const attempts: string[] = [];
    const boundariesOf = (wire: string): string[] =>
      Array.from(wire.matchAll(/boundary="([^"]+)"/g), ([, boundary = '']) => boundary);
    for (let turn = 0; turn < 3; turn++) {
      const text = ['Hello', ...attempts, '--=_-Part_1', '------=_Part_1']
        .map((boundary) => `--${boundary}--\r\n--${boundary}\r\nX: y`)
        .join('\r\n');
      const { wire, bytes } = await arrived({
        text,
        html: `<p>${text}</p>`,
        attachments: [{ filename: 'a', content: 'QQ==' }],
      });
      const boundaries = boundariesOf(wire);
      expect(boundaries).toHaveLength(2);
      for (const boundary of boundaries) {
        expect(boundary).toMatch(/[0-9a-f]{32}/);
        expect(attempts).not.toContain(boundary);
      }
      attempts.push(...boundaries);
      const parsed = await PostalMime.parse(bytes);
      expect(parsed.text?.trimEnd()).toBe(text.replaceAll('\r\n', '\n'));
      expect(parsed.attachments).toHaveLength(1);
    }
  });

  it.each([
    ['a lone CR', 'a\rb\r\rc'],
    ['a lone LF', 'a\nb\n\nc'],
    ['every kind in turn', 'a\r\nb\nc\rd\n\re\r\n'],
    ['a line end and a dot', 'a\n.\nb\r.\r\n..\r\n.'],
    ['an end of data smuggled in', 'a\r\n.\r\nMAIL FROM:<x@evil.example>\r\n.\r\n'],
    ['space before line ends', 'a \r\nb\t \n \r'],
  ])('%s becomes CRLF before the message is signed (I24)', async (_, text) => {
    const before = sink.messages.length;
    const { bytes } = await arrived({ text, html: text });
    const parsed = await PostalMime.parse(bytes);
    expect(parsed.text?.replaceAll(/\n+$/g, '')).toBe(text.replaceAll(/\r\n?|\n/g, '\n').replaceAll(/\n+$/g, ''));
    expect(sink.messages).toHaveLength(before + 1);
  });
});
