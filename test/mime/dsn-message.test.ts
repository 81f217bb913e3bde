import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dueDsns } from '../../functions/core/dsn/due-dsns.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import { returnedMailOf } from '../../functions/http/read-returned-mail.ts';
import { lineFault } from '../../functions/mime/content-facts.ts';
import { createDsnComposer } from '../../functions/mime/dsn-message.ts';
import { readableText } from '../../functions/mime/encoded-words.ts';
import { toSevenBit } from '../../functions/mime/seven-bit.ts';
import { recordOf } from '../../functions/smtp/reply.ts';
import { mailboxOf, now } from '../contract/samples.ts';
import { askedAbout, attemptOf, recipientAt, refusedAt } from '../support/dsn-scene.ts';

const compose = createDsnComposer('out.gateway.test');
const unknownUser = { code: 550, enhancedCode: '5.1.1', text: '5.1.1 No such user' };
const original =
  'From: Shop <alice@sender.example>\r\nSubject: Your order\r\nMessage-ID: <m1@sender.example>\r\n\r\nThe body.\r\n';

type Scene = ReturnType<typeof askedAbout>;

async function composedOf({ email, delivery }: Scene, content: string | null = original) {
  const [dsn] = dueDsns(email, delivery);
  if (dsn === undefined) throw new Error('Nothing is owed.');
  const bytes = content === null ? null : Buffer.from(content);
  return await compose(
    dsn,
    bytes && { sizeBytes: bytes.length, chunks: () => [bytes.subarray(0, 20), bytes.subarray(20)] },
  );
}

async function textOf(scene: Scene, content: string | null = original): Promise<string> {
  return Buffer.from((await composedOf(scene, content)).bytes).toString();
}

describe('a notification', () => {
  it('has the form of RFC 3464, and is the same whenever it is written', async () => {
    const at = Date.UTC(2030, 0, 31, 9, 30);
    const scene = askedAbout([refusedAt('ada@one.example', at, unknownUser)], {
      dsn: { envid: 'order 4711' },
      email: { createdAt: at - 60_000, subject: 'Your order' },
    });
    const { bytes, from, subject, messageId, facts } = await composedOf(scene);
    const text = Buffer.from(bytes).toString();
    const [dsn] = dueDsns(scene.email, scene.delivery);
    const boundary = /boundary="([^"]+)"/.exec(text)?.[1];
    const { id } = scene.email;
    expect(text).toBe(
      [
        'From: Mail Delivery System <postmaster@sender.example>',
        'To: ops@sender.example',
        'Subject: Delivery status notification (failure): Your order',
        'Date: Thu, 31 Jan 2030 09:30:00 +0000',
        `Message-ID: <${dsn?.id}@sender.example>`,
        `In-Reply-To: <${id}@sender.example>`,
        `References: <${id}@sender.example>`,
        'Auto-Submitted: auto-replied',
        'MIME-Version: 1.0',
        'Content-Type: multipart/report; report-type=delivery-status;',
        ` boundary="${boundary}"`,
        '',
        `--${boundary}`,
        'Content-Type: text/plain; charset=us-ascii',
        'Content-Transfer-Encoding: 7bit',
        '',
        'This is the mail system at out.gateway.test.',
        '',
        'Your email could not be delivered to the following address, and it is',
        'not tried any more.',
        '',
        '<ada@one.example> (last tried on Thu, 31 Jan 2030 09:30:00 +0000)',
        '    The server mx.one.example said: 550 5.1.1 No such user',
        '',
        'The email was accepted on Thu, 31 Jan 2030 09:29:00 +0000 as',
        `${id}.`,
        '',
        `--${boundary}`,
        'Content-Type: message/delivery-status',
        'Content-Transfer-Encoding: 7bit',
        '',
        'Reporting-MTA: dns; out.gateway.test',
        'Original-Envelope-Id: order 4711',
        'Arrival-Date: Thu, 31 Jan 2030 09:29:00 +0000',
        '',
        'Original-Recipient: rfc822; ada@one.example',
        'Final-Recipient: rfc822; ada@one.example',
        'Action: failed',
        'Status: 5.1.1',
        'Remote-MTA: dns; mx.one.example',
        'Diagnostic-Code: smtp; 550 5.1.1 No such user',
        'Last-Attempt-Date: Thu, 31 Jan 2030 09:30:00 +0000',
        '',
        `--${boundary}`,
        'Content-Type: text/rfc822-headers',
        'Content-Transfer-Encoding: 7bit',
        '',
        ...original.split('\r\n').slice(0, 4),
        '',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    );
    expect([addressOf(from), subject]).toEqual([
      'postmaster@sender.example',
      'Delivery status notification (failure): Your order',
    ]);
    expect([messageId, facts.eightBit]).toEqual([`<${dsn?.id}@sender.example>`, false]);
    expect((await composedOf(scene)).bytes).toEqual(bytes);
  });

  it('says until when a delayed email is tried', async () => {
    const late = now + 4 * 3_600_000;
    const attempts = [attemptOf('deferred', late, { code: 451, enhancedCode: '4.3.0', text: '4.3.0 Busy' })];
    const text = await textOf(askedAbout([recipientAt('a@one.example', 'open', late, { attempts })]));
    expect(text).toContain('Action: delayed\r\nStatus: 4.3.0\r\n');
    expect(text).toMatch(/Will-Retry-Until: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\n/);
    expect((await returnedMailOf(Buffer.from(text))).recipients).toMatchObject([
      { action: 'delayed', suppress: false },
    ]);
  });

  it('comes from the sender’s own address where the domain leaves no room for postmaster', async () => {
    const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(57)}.example`;
    const sender = mailboxOf(`me@${domain}`);
    const scene = askedAbout([refusedAt('a@one.example', now, unknownUser)], { email: { sender, fromDomain: domain } });
    expect((await composedOf(scene)).from).toEqual(sender);
  });
});

describe('of the email comes back', () => {
  const refused = [refusedAt('a@one.example', now, unknownUser)];
  const full = { ret: 'full' as const };

  it('all of it when that was asked for, 8-bit octets and all', async () => {
    const content = original.replace('The body', 'Ünder');
    const scene = askedAbout(refused, { dsn: full });
    const { bytes, facts } = await composedOf(scene, content);
    expect(Buffer.from(bytes).toString()).toContain(
      `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${content}`,
    );
    expect([facts.eightBit, facts.utf8Headers]).toEqual([true, false]);
    const seven = Buffer.concat(toSevenBit(Buffer.from(bytes)));
    expect((await returnedMailOf(seven)).recipients).toMatchObject([{ address: 'a@one.example' }]);
  });

  it('as message/global when its header is beyond ASCII', async () => {
    const content = original.replace('Your order', 'Bestellung für dich');
    const { bytes, facts } = await composedOf(askedAbout(refused, { dsn: full }), content);
    const text = Buffer.from(bytes).toString();
    expect([text.includes('Content-Type: message/global\r\n'), facts.eightBit]).toEqual([true, false]);
    const read = await returnedMailOf(bytes);
    expect(read.original.fields.find(({ name }) => name === 'subject')?.value).toBe('Bestellung für dich');
    expect(await textOf(askedAbout(refused), content)).toContain('Content-Type: message/global-headers\r\n');
  });

  it.each([
    ['TLS was demanded for it', { email: { tls: 'required' as const }, dsn: full }],
    ['TLS was demanded all the way', { email: { tls: 'requiretls' as const }, dsn: full }],
    ['that was not asked for', {}],
  ])('no more than the header when %s', async (_, changes) => {
    const text = await textOf(askedAbout(refused, changes));
    expect([text.includes('Subject: Your order'), text.includes('The body')]).toEqual([true, false]);
  });

  it('no more than the header when it is too long, and of a success', async () => {
    const long = `${original}${'x'.repeat(70)}\r\n`.padEnd(11 * 1024 * 1024, 'y\r\n');
    expect((await composedOf(askedAbout(refused, { dsn: full }), long)).bytes.length).toBeLessThan(10_000);
    const attempts = [attemptOf('delivered', now, { code: 250, enhancedCode: null, text: 'Ok' })];
    const success = askedAbout([recipientAt('a@one.example', 'delivered', now, { attempts })], { dsn: full });
    expect(await textOf(success)).not.toContain('The body');
  });

  it('what is on record when the content is not kept', async () => {
    const scene = askedAbout(refused);
    const { original: read } = await returnedMailOf((await composedOf(scene, null)).bytes);
    expect(read.messageId).toBe(scene.email.messageId);
    const valueOf = (name: string) => readableText(read.fields.find((field) => field.name === name)?.value ?? '');
    expect([valueOf('subject'), valueOf('from')]).toEqual([scene.email.subject, 'Älice <alice@sender.example>']);
  });
});

const local = fc
  .stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-zäπ用]{1,10}){0,2}$/u)
  .filter((text) => !text.includes('=?'));
const replyLine = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 1_500 }),
  fc.stringMatching(/^[ -~]{0,400}$/),
);
const squeezed = (text: string): string => text.replace(/[\s\p{C}\p{Z}]+/gu, '');

it('Our own reader finds in it whom it is about and what was said, whoever they are and whatever the server said', async () => {
  const recipient = fc.record({ local, line: replyLine, code: fc.constantFrom(550, 554, 571), enhanced: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(recipient, { minLength: 1, maxLength: 6, selector: (one) => one.local }),
      async (all) => {
        const recipients = all.map(({ local: name, line, code, enhanced }, position) => {
          const octets = Buffer.from(`${enhanced ? '5.1.1 ' : ''}${line}`).toString('latin1');
          const reply = recordOf({ kind: 'reply', code, lines: [octets] });
          return refusedAt(`${name}@one.example`, now + 5, reply, position);
        });
        const { bytes, facts } = await composedOf(askedAbout(recipients));
        expect([lineFault(bytes), facts.eightBit, facts.utf8Headers]).toEqual([null, false, false]);
        const read = await returnedMailOf(bytes);
        expect(read.kind).toBe('dsn');
        expect(read.original.messageId).toBe('<m1@sender.example>');
        expect(
          read.recipients.map(({ address, originalAddress, action }) => [address, originalAddress, action]),
        ).toEqual(recipients.map(({ mailbox }) => [addressOf(mailbox), addressOf(mailbox), 'failed']));
        for (const [index, { diagnostic, remoteMta }] of read.recipients.entries()) {
          const reply = recipients[index]?.attempts[0]?.reply;
          const said = squeezed(`${reply?.code} ${reply?.text}`);
          expect(said.startsWith(squeezed(diagnostic ?? '').slice(0, -1))).toBe(true);
          expect(squeezed(diagnostic ?? '').length).toBeGreaterThan(Math.min(said.length, 900) - 1);
          expect(remoteMta).toBe('mx.one.example');
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('An asker beyond ASCII makes it a mail that needs SMTPUTF8', async () => {
  const to = mailboxOf('δοκιμή@sender.example');
  const { facts, bytes } = await composedOf(
    askedAbout([refusedAt('a@one.example', now, unknownUser)], { dsn: { to } }),
  );
  expect([facts.utf8Headers, Buffer.from(bytes).includes('To: δοκιμή@sender.example\r\n')]).toEqual([true, true]);
});
