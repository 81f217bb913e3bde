import { createHash, sign } from 'node:crypto';

import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { digestOf, relaxedField } from '../../functions/mime/dkim-canonical.ts';
import { dkimRecord, parseDkimKeys } from '../../functions/mime/dkim-keys.ts';
import { dkimSigned } from '../../functions/mime/dkim-sign.ts';
import { attachment, composed, named } from './drafts.ts';
import { bytesOf, contentOf, keysFor, verdicts } from './signing.ts';

const keys = keysFor('example.com');
const bothPass = ['rsa-sha256 pass', 'ed25519-sha256 pass'];
const now = 1_700_000_000_000;
const week = 604_800_000;

async function signedMail(bytes: Uint8Array, ...cuts: number[]): Promise<Buffer> {
  const ordered = keys.toSorted((a, b) => b.algorithm.localeCompare(a.algorithm));
  return await bytesOf(await dkimSigned(contentOf(bytes, ...cuts), ordered, now, now + week));
}

describe('a signed mail', () => {
  let mail: Buffer;
  let wire: string;

  beforeAll(async () => {
    const { bytes } = await composed({
      html: '<p>See you  there.</p> \n\n',
      cc: [named('c@example.net', 'Zoë')],
      replyTo: [named('help@example.com')],
      listUnsubscribe: { url: 'https://example.com/u', mailto: 'mailto:leave@example.com', oneClick: true },
      attachments: [attachment()],
    });
    mail = await signedMail(bytes);
    wire = mail.toString('latin1');
  });

  it('carries an RSA and an Ed25519 signature that verify (C58)', async () => {
    expect(await verdicts(mail, keys, new Date(now))).toEqual(bothPass);
  });

  it('X17 oversigns what a reader believes, signs the rest once, and never uses l= (C57)', () => {
    const [rsa = '', ed25519 = ''] = wire.replaceAll('\r\n ', '').match(/^DKIM-Signature:.*$/gm) ?? [];
    for (const field of [rsa, ed25519]) {
      expect(field).toContain(
        'h=from:from:to:to:cc:cc:subject:subject:date:date:message-id:message-id:reply-to:reply-to:' +
          'mime-version:content-type:list-unsubscribe:list-unsubscribe-post;',
      );
      expect(field).toContain('d=example.com;');
      expect(field).toContain(`t=${now / 1000}; x=${(now + week) / 1000};`);
      expect(field).not.toMatch(/[; ]l=/);
    }
  });

  it('keeps its own lines short', () => {
    const block = wire.slice(0, wire.indexOf('\r\nFrom:'));
    expect(Math.max(...block.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
  });

  it('no longer verifies after its x=', async () => {
    expect(await verdicts(mail, keys, new Date(now + week + 1000))).not.toContain('rsa-sha256 pass');
  });

  it.each([
    ['a second From above', (text: string) => `From: ceo@example.com\r\n${text}`],
    ['a second From below', (text: string) => text.replace('\r\nTo:', '\r\nFrom: ceo@example.com\r\nTo:')],
    ['a second Subject', (text: string) => `Subject: Urgent\r\n${text}`],
    ['a second To', (text: string) => `To: eve@example.com\r\n${text}`],
    ['a second Date', (text: string) => text.replace('\r\nDate:', '\r\nDate: now\r\nDate:')],
    ['another Subject', (text: string) => text.replace('Subject: Tickets', 'Subject: Urgent')],
    ['another Reply-To', (text: string) => text.replace('help@', 'eve@')],
    ['another unsubscribe link', (text: string) => text.replace('example.com/u', 'example.org/u')],
    ['another address to unsubscribe at', (text: string) => text.replace('leave@', 'eve@')],
    ['no one-click unsubscribing (C59)', (text: string) => text.replace(/List-Unsubscribe-Post: .*\r\n/, '')],
    ['another boundary', (text: string) => text.replace(/boundary="=_-./, 'boundary="=_-x')],
    ['a changed body', (text: string) => text.replace('See you  there', 'See you  never')],
    ['an appended body', (text: string) => `${text}more\r\n`],
  ])('X18 fails with %s', async (_, tamper) => {
    const tampered = Buffer.from(tamper(wire), 'latin1');
    expect(tampered.equals(mail)).toBe(false);
    expect(await verdicts(tampered, keys, new Date(now))).not.toContain('rsa-sha256 pass');
    expect(await verdicts(tampered, keys, new Date(now))).not.toContain('ed25519-sha256 pass');
  });

  it('still verifies when a relay folds, adds trace fields or trims line ends', async () => {
    const relayed = `Received: from a by b\r\n${wire.replace('Subject: Tickets', 'Subject:   Tickets ')}\r\n\r\n`;
    expect(await verdicts(Buffer.from(relayed, 'latin1'), keys, new Date(now))).toEqual(bothPass);
  });
});

describe('signing', () => {
  it('verifies for any text, cut into any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', ' ', '\t', '\n', '\r', 'é', '.', '  \n\n'), maxLength: 200 }),
        fc.array(fc.nat(1500), { maxLength: 8 }),
        async (text, cuts) => {
          const { bytes } = await composed({ text, subject: text });
          expect(await verdicts(await signedMail(bytes, ...cuts), keys, new Date(now))).toEqual(bothPass);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('answers an exact size and leaves the stored bytes as they are', async () => {
    const { bytes } = await composed();
    const content = await dkimSigned(contentOf(bytes, 100), keys, now, now + week);
    const sent = await bytesOf(content);
    expect(content.sizeBytes).toBe(sent.length);
    expect(sent.subarray(-bytes.length).equals(bytes)).toBe(true);
  });

  it.each([
    ['several fields of one name', 'To: a@example.com\r\nFrom: x@example.com\r\nTo: b@example.com\r\n\r\nbody\r\n'],
    ['no body', 'From: x@example.com\r\n\r\n'],
    ['no empty line', 'From: x@example.com\r\nTo: y@example.com\r\n'],
    ['folded and oddly spaced fields', 'FROM :  x@example.com\r\nSubject: a\r\n\t b  \r\n  c\r\n\r\n \t \r\n\r\n'],
    ['octets above 127', 'From: \xe9@example.com\r\nSubject: \xff\xfe\r\n\r\n\xff\xfe\r\n'],
  ])('copes with %s', async (_, mail) => {
    expect(await verdicts(await signedMail(Buffer.from(mail, 'latin1')), keys, new Date(now))).toEqual(bothPass);
  });

  it.each([
    ['without a From', Buffer.from('To: a@example.com\r\n\r\nbody')],
    ['whose header section does not end', Buffer.alloc(200_000, 'From: x\r\n')],
    ['with a header section above any bound', Buffer.from(`${'From: x\r\n'.repeat(20_000)}\r\nbody`)],
    ['that is empty', Buffer.alloc(0)],
  ])('passes content on as it is %s', async (_, bytes) => {
    const content = contentOf(bytes, 1000);
    expect(await dkimSigned(content, keys, now, now + week)).toBe(content);
  });
});

describe('the canonical forms', () => {
  it('RFC 8463 A.3 come to the signature in the RFC (C58)', async () => {
    const fields = [
      'From: Joe SixPack <joe@football.example.com>',
      'To: Suzie Q <suzie@shopping.example.net>',
      'Subject: Is dinner ready?',
      'Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)',
      'Message-ID: <20030712040037.46341.5F8J@football.example.com>',
    ];
    const mail = [...fields, '', 'Hi.', '', 'We lost the game.  Are you hungry yet?', '', 'Joe.', ''].join('\r\n');
    const digest = await digestOf(contentOf(Buffer.from(mail)));
    expect(digest?.bodyHash).toBe('2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=');
    const unsigned = [
      'DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;',
      ' d=football.example.com; i=@football.example.com;',
      ' q=dns/txt; s=brisbane; t=1528637909; h=from : to :',
      ' subject : date : message-id : from : subject : date;',
      ` bh=${digest?.bodyHash};`,
      ' b=',
    ].join('\r\n');
    const result = parseDkimKeys([
      {
        source: 'A.2',
        domain: 'football.example.com',
        selector: 'brisbane',
        key: 'nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=',
      },
    ]);
    const [key] = result.ok ? result.keys : [];
    if (key === undefined) throw new Error('The seed was refused.');
    expect(dkimRecord(key).value).toBe('v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=');
    const canonical = [...(digest?.fields ?? []).map(({ raw }) => relaxedField(raw)), relaxedField(unsigned)].join(
      '\r\n',
    );
    const hash = createHash('sha256').update(canonical).digest();
    expect(sign(null, hash, key.privateKey).toString('base64')).toBe(
      '/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==',
    );
  });

  it('hash a body as RFC 6376 section 3.4.4 says, however it is cut', async () => {
    const body = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '\t', '\r\n', '\r\n\r\n', ' \r\n', '.'),
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(body, fc.array(fc.nat(90), { maxLength: 10 }), async (text, cuts) => {
        const digest = await digestOf(contentOf(Buffer.from(`From: x\r\n\r\n${text}`), ...cuts));
        expect(digest?.bodyHash).toBe(createHash('sha256').update(relaxedBody(text)).digest('base64'));
      }),
      { numRuns: 1000 },
    );
  });
});

function relaxedBody(text: string): string {
  const trimmed = text
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
    .join('\r\n')
    .replace(/(?:\r\n)+$/, '');
  return trimmed === '' ? '' : `${trimmed}\r\n`;
}
