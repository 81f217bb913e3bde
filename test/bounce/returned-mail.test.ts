import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bounceRules } from '../../functions/bounce/bounce-rules.ts';
import { returnedMailOf } from '../../functions/http/read-returned-mail.ts';
import { furtherReports } from './further-reports.ts';
import { forms, statusReport } from './returned-mails.ts';
import { spokenReports } from './spoken-reports.ts';

const read = (mail: string) => returnedMailOf(Buffer.from(mail, 'latin1'));
const failed = 'Final-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n';

function feedback(type: string): string {
  return `From: fbl@x.test\r\nTo: bounce+tok@return.test\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n\r\nA report.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: ${type}\r\nOriginal-Rcpt-To: <a@x.test>\r\nOriginal-Rcpt-To: b@x.test\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nTo: c@x.test\r\nMessage-ID: <m1@shop.test>\r\n\r\nHi\r\n--b--\r\n`;
}

describe('a returned mail is read', () => {
  it.each(forms)('in the form of $name', async ({ mail, expected }) => {
    const { kind, recipients } = await read(mail);
    expect(kind).toBe('dsn');
    expect(recipients.map(({ address, action, category, suppress }) => [address, action, category, suppress])).toEqual(
      expected,
    );
  });

  it.each(forms)('the same with bare LF, and after a line of a mailbox file: $name', async ({ mail, expected }) => {
    const { recipients } = await read(`From MAILER-DAEMON Thu Jan  1 00:00:00 2026\n${mail.replaceAll('\r\n', '\n')}`);
    expect(recipients.map(({ address, action, category, suppress }) => [address, action, category, suppress])).toEqual(
      expected,
    );
  });

  it.each([...spokenReports, ...furtherReports])('in the words of %s', async (_, from, subject, text, category) => {
    const mail = `Return-Path: <>\nTo: me@shop.test\nFrom: ${from}\nSubject: ${subject}\n\n${text}`;
    const { recipients } = await read(mail);
    expect(recipients.map((recipient) => [recipient.address.split('@')[0], recipient.category])).toEqual([
      ['a', category],
    ]);
  });

  it('with an address that has an apostrophe in it, whole', async () => {
    const { recipients } = await read(
      statusReport("Final-Recipient: rfc822; o'brien@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"),
    );
    expect(recipients.map(({ address }) => address)).toEqual(["o'brien@x.test"]);
  });

  it('of several recipients who are told of together, with the reason that stands above them', async () => {
    const { recipients } = await read(
      'From: Mail Administrator <Postmaster@x.test>\nSubject: Mail System Error - Returned Mail\n\nYour message was not delivered within 2 days.\n\nThe following recipients did not receive it:\n\n<a@x.test>\n<b@x.test>\n',
    );
    expect(recipients.map(({ address, category }) => [address, category])).toEqual([
      ['a@x.test', 'expired'],
      ['b@x.test', 'expired'],
    ]);
  });

  it('in a report without a sender, known by its form alone', async () => {
    const { kind, recipients } = await read(
      'To: me@shop.test\nContent-Type: multipart/report; report-type=delivery-status;\n boundary="b"\n\n--b\n\nA message could not be delivered to:\na@x.test: no such user\n--b\nContent-Type: message/delivery-status\nReporting-MTA: x.test\n\n--b--\n',
    );
    expect([kind, recipients[0]?.address, recipients[0]?.category]).toEqual(['dsn', 'a@x.test', 'invalid_recipient']);
  });

  it('with what it is about and whom it went to', async () => {
    const { addressedTo, original, recipients } = await read(
      `X-Original-To: bounce+one@return.test\r\nDelivered-To: BOUNCE+two@return.test\r\n${statusReport('Original-Recipient: rfc822; first@x.test\r\nFinal-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.x.test (192.0.2.1)\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n  No such user\r\n')}`,
    );
    expect(addressedTo).toEqual(['bounce+one@return.test', 'BOUNCE+two@return.test', 'bounce+tok@return.test']);
    expect(original.messageId).toBe('<m1@shop.test>');
    expect(original.fields.map(({ name }) => name)).toEqual(['subject', 'from', 'message-id']);
    expect(recipients).toEqual([
      {
        address: 'a@x.test',
        originalAddress: 'first@x.test',
        action: 'failed',
        status: '5.1.1',
        diagnostic: '550 5.1.1 No such user',
        remoteMta: 'mx.x.test',
        category: 'invalid_recipient',
        suppress: true,
        rule: 'enhanced-1-1',
      },
    ]);
  });

  it.each([
    ['abuse', true],
    ['fraud', true],
    ['auth-failure', false],
    ['not-spam', false],
    ['Not-Spam (moved back by its reader)', false],
    ['(RFC 6591) auth-failure', false],
  ])('as feedback of the type %s, whose complaint counts: %s', async (type, suppress) => {
    const { kind, recipients, original } = await read(feedback(type));
    expect(kind).toBe('arf');
    expect(recipients.map(({ address, category, suppress: counts }) => [address, category, counts])).toEqual([
      ['a@x.test', 'complaint', suppress],
      ['b@x.test', 'complaint', suppress],
    ]);
    expect(original.messageId).toBe('<m1@shop.test>');
  });

  it.each(['\r', '\u2028'])('with a field that has %j in it, whole', async (separator) => {
    const refusal = `Diagnostic-Code: smtp; 550 first${separator}mailbox does not exist\r\n`;
    const report = statusReport(failed.replace('5.1.1', '5.0.0') + refusal);
    expect((await returnedMailOf(Buffer.from(report))).recipients).toMatchObject([
      { address: 'a@x.test', diagnostic: '550 first mailbox does not exist', suppress: true },
    ]);
  });

  it('with what breaks off before it says anything of a recipient, as saying nothing of him', async () => {
    const [named = ''] = failed.split('Action', 1);
    expect(await read(statusReport(named))).toMatchObject({ kind: 'other', recipients: [] });
  });

  it('whose recipient is only presumed where the report itself names nobody', async () => {
    const words = `From: MAILER-DAEMON@x.test\r\nSubject: failure notice\r\n\r\nUser unknown.\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nTo: c@x.test\r\nSubject: Hi\r\n`;
    for (const mail of [feedback('abuse').replace(/Original-Rcpt-To.*\r\n/g, ''), words]) {
      expect((await read(mail)).recipients).toMatchObject([{ address: 'c@x.test', presumed: true }]);
    }
    expect((await read(feedback('abuse'))).recipients).not.toContainEqual(expect.objectContaining({ presumed: true }));
  });

  it('as feedback whose fields came as a text', async () => {
    const asText = feedback('abuse').replace('Content-Type: message/feedback-report', 'Content-Type: text/plain');
    expect((await read(asText)).recipients).toMatchObject([{ address: 'a@x.test', suppress: true }, {}]);
    expect((await read(asText.replace('report-type=feedback-report;', ''))).kind).not.toBe('arf');
  });

  it('as feedback about the recipient of the mail that came back, where the report names none (C60)', async () => {
    const { recipients } = await read(feedback('abuse').replace(/Original-Rcpt-To.*\r\n/g, ''));
    expect(recipients.map(({ address }) => address)).toEqual(['c@x.test']);
  });

  it.each([
    'Auto-Submitted: auto-replied (vacation)\r\nSubject: Re: Offer\r\n',
    'X-Autoreply: yes\r\nSubject: Re: Offer\r\n',
    'Precedence: auto_reply\r\nSubject: Re: Offer\r\n',
    'Subject: Out of Office: Offer\r\n',
    'Subject: =?utf-8?B?6Ieq5YuV6L+U5L+h?=\r\n',
  ])('as an automatic answer: %j', async (fields) => {
    const { kind, recipients } = await read(
      `Return-Path: <>\r\nFrom: Anna <a@x.test>\r\n${fields}\r\nI am away. My account is not disabled.\r\n`,
    );
    expect(kind).toBe('auto_reply');
    expect(recipients).toMatchObject([
      { address: 'a@x.test', action: 'replied', category: 'auto_reply', suppress: false },
    ]);
  });

  it.each([
    'From: Anna <a@x.test>\r\nSubject: Re: Offer\r\n\r\nThe user b@x.test is unknown to me.\r\n',
    '',
    '\r\n\r\n',
    'From: mailer-daemon@x.test\r\n\r\nNothing to report.\r\n',
  ])('as something else: %j', async (mail) => {
    expect(await read(mail)).toMatchObject({ kind: 'other', recipients: [] });
  });
});

describe('nothing that a report says makes more of it than it is', () => {
  it('the words of the mail that came back do not count', async () => {
    const { recipients } = await read(
      'From: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\n\r\n<a@x.test>:\r\nover quota\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nSubject: x\r\n\r\n<b@x.test>: 550 5.1.1 no such user\r\n',
    );
    expect(recipients).toMatchObject([{ address: 'a@x.test', category: 'mailbox_full' }]);
  });

  it('nor do they when they come as a message of their own', async () => {
    const { recipients } = await read(
      'From: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n<a@x.test>:\r\nover quota\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nTo: b@x.test\r\n\r\n<b@x.test>: 550 5.1.1 no such user\r\n--b--\r\n',
    );
    expect(recipients).toMatchObject([{ address: 'a@x.test', category: 'mailbox_full' }]);
  });

  it.each(['relayed', 'delivered', 'expanded', 'delayed'])('%s is no failure (C55)', async (action) => {
    const { recipients } = await read(statusReport(failed.replace('failed', action)));
    expect(recipients).toMatchObject([{ action, suppress: false }]);
  });

  it('a temporary reply suppresses nobody, even when the report calls it failed', async () => {
    const { recipients } = await read(statusReport(`${failed}Diagnostic-Code: smtp; 450 4.1.1 user unknown\r\n`));
    expect(recipients).toMatchObject([{ action: 'failed', category: 'invalid_recipient', suppress: false }]);
  });
});

describe('the reader takes any bytes', () => {
  it('and every verdict cites a rule that can be looked up', async () => {
    const known = new Set(bounceRules().map(({ id }) => id));
    const pieces = fc.constantFrom(
      'From: mailer-daemon@x.test\r\n',
      'Subject: failure\r\n',
      'Content-Type: multipart/report; boundary=b\r\n',
      '\r\n',
      '--b\r\n',
      '--b--\r\n',
      'Content-Type: message/delivery-status\r\n\r\n',
      failed,
      '<a@x.test>: 550 no\r\n',
      'Content-Transfer-Encoding: base64\r\n',
      '\0\xff\x1b$B',
      '{"notificationType":"Bounce"}',
      'Content-Type: text/plain; charset=none\r\n',
      'a@x.test\r\n',
      'X-Failed-Recipients: ,,@,\r\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 20 }), async (texts) => {
        for (const { rule, suppress, action, address } of (await read(texts.join(''))).recipients) {
          expect(known).toContain(rule);
          expect(suppress && action !== 'failed' && action !== 'complained').toBe(false);
          expect(address.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    '',
    '{"to":["a@x.test"],"error":"550 5.1.1 user unknown"}',
    '<a@x.test>: 550 user unknown\n',
    '<!DOCTYPE html>',
  ])('and finds no report in what is no mail: %j', async (text) => {
    expect(await read(text)).toMatchObject({ kind: 'other', recipients: [] });
  });

  it('nor in bytes at random', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1_000, maxLength: 20_000 }), async (bytes) => {
        expect((await returnedMailOf(bytes)).kind).toBe('other');
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    [
      'a report with 10 MB returned',
      (mail: string) => mail.replace('Hello\r\n', `${'A'.repeat(76)}\r\n`.repeat(130_000)),
      'dsn',
    ],
    ['half a million lines', () => `From: mailer-daemon@x.test\r\n\r\n${'\n'.repeat(524_288)}`, 'other'],
    [
      'parts without end',
      () => `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(100_000)}`,
      'other',
    ],
    [
      'parts in parts',
      () =>
        Array.from(
          { length: 2_000 },
          (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
        ).join(''),
      'other',
    ],
    ['a header of 10 MB', () => `To: ${'a@b.test,'.repeat(1_160_000)}\r\n\r\nx`, 'other'],
    ['recipients without end', () => statusReport(`${failed}\r\n`.repeat(20_000)), 'dsn'],
  ])('and takes little of the processor for %s', async (_, made, kind) => {
    const mail = Buffer.from(made(statusReport(failed)), 'latin1');
    const costs: number[] = [];
    // Other work of the machine may fall into one try.
    for (let turn = 0; turn < 3; turn++) {
      const started = process.cpuUsage();
      expect((await returnedMailOf(mail)).kind).toBe(kind);
      costs.push(process.cpuUsage(started).user / 1_000);
    }
    expect(Math.min(...costs)).toBeLessThan(400);
  });

  it('one of 10 MB in little more memory than its own', async () => {
    const mail = Buffer.alloc(10 * 1024 * 1024, 'From: mailer-daemon@x.test\r\n\r\n<a@x.test>: 550 no such user\r\n');
    await returnedMailOf(mail.subarray(0, 1_000));
    const before = process.memoryUsage.rss();
    await returnedMailOf(mail);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });
});
