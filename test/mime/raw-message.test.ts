import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createComposer } from '../../functions/mime/compose.ts';
import { lineFault } from '../../functions/mime/content-facts.ts';
import { readRawMessage } from '../../functions/mime/raw-message.ts';

const good = [
  'From: Shop <orders@sender.example>',
  'To: ada@one.example',
  'Subject: Hello',
  'Message-ID: <1@sender.example>',
  'Date: Tue, 24 Nov 2026 09:00:00 +0000',
];

function message(fields: readonly string[], body = 'It works.\r\n'): Buffer {
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${body}`);
}

function read(bytes: Buffer) {
  const result = readRawMessage(bytes);
  if (!result.ok) throw new Error(result.faults.join(' '));
  return result;
}

function faultsOf(bytes: Buffer): readonly string[] {
  const result = readRawMessage(bytes);
  return result.ok ? [] : result.faults;
}

describe('a raw message', () => {
  it('that is in order passes octet for octet', () => {
    const bytes = message([...good, 'Received: from a by b; Tue, 24 Nov 2026 09:00:00 +0000', 'X-Own: 1\r\n\tfolded']);
    const { message: kept, fields } = read(bytes);
    expect(kept).toEqual({ bytes, messageId: '<1@sender.example>', dated: true });
    expect(fields).toEqual({ from: 'Shop <orders@sender.example>', subject: 'Hello', senders: [] });
  });

  it('loses Bcc and Resent-Bcc, every one of them, and nothing else', () => {
    const secret = ['Bcc: eve@secret.example', 'bcc:\r\n eve@secret.example', 'Resent-BCC: mallory@secret.example'];
    const bytes = message([secret[0] ?? '', ...good, ...secret.slice(1)], 'Bcc: stays in the text\r\n');
    expect(read(bytes).message.bytes.toString()).toBe(message(good, 'Bcc: stays in the text\r\n').toString());
  });

  it('gets CRLF for every lone CR and LF, in header and body, and one at the end (I24)', () => {
    const bytes = Buffer.from(`${good.join('\n')}\n\none\rtwo\r\nthree\n\rfour`);
    expect(read(bytes).message.bytes.toString()).toBe(
      `${good.join('\r\n')}\r\n\r\none\r\ntwo\r\nthree\r\n\r\nfour\r\n`,
    );
  });

  it('may consist of a header alone', () => {
    const bytes = Buffer.from(good.join('\r\n'));
    expect(read(bytes).message.bytes.toString()).toBe(`${good.join('\r\n')}\r\n\r\n`);
  });

  it('names everybody who sends it', () => {
    const senders = ['Sender: s@a.example', 'Resent-From: f@b.example', 'Resent-Sender: r@c.example'];
    expect(read(message([...good, ...senders])).fields.senders.map(({ value }) => value)).toEqual([
      's@a.example',
      'f@b.example',
      'r@c.example',
    ]);
  });

  it.each([
    ['no header section', Buffer.from('\r\nIt works.\r\n'), 'no header section'],
    ['nothing at all', Buffer.alloc(0), 'no header section'],
    ['no From', message(good.slice(1)), 'no From field'],
    ['a NUL', message(good, 'a\0b'), 'NUL'],
    ['a line too long', message(good, `fine\r\n${'x'.repeat(999)}\r\n`), 'Line 8'],
    ['a header line too long', message([...good, `X-Own: ${'x'.repeat(999)}`]), 'Line 6'],
    [
      'a header section too large',
      message([...good, ...Array.from({ length: 70 }, () => `X: ${'x'.repeat(990)}`)]),
      '65536',
    ],
    ['a header that is not UTF-8', Buffer.concat([Buffer.from('X: \xff\r\n', 'latin1'), message(good)]), 'UTF-8'],
    ['a first line that is folded', message([' From: a@b.example', ...good]), 'no header field'],
    ['an mbox line', message(['From ada@one.example Tue Nov 24 09:00:00 2026', ...good]), 'no header field'],
    ['a space before a colon', message([...good, 'X-Own : 1']), 'no header field'],
    ['a byte order mark', message(['\ufeffX-Own: 1', ...good]), 'no header field'],
    ['a control character', message([...good, 'X-Own: a\u0001b']), 'control character'],
    ['a fold of white space', message([...good, 'X-Own: a\r\n \t\r\n b']), 'white space'],
    ['a binary part', message([...good, 'Content-Transfer-Encoding: Binary']), 'binary'],
    ['a mailbox list that is none', message([...good.slice(0, 1), 'To: ada', ...good.slice(2)]), 'To is no list'],
    ['a Cc that is none', message([...good, 'Cc: a@b.example,,']), 'Cc is no list'],
    ['a Reply-To that is none', message([...good, 'Reply-To: <a@b.example']), 'Reply-To is no list'],
    ['a Message-ID of the wrong form', message(['From: a@b.example', 'Message-ID: 1@b.example']), 'Message-ID'],
    ['a Message-ID with a space', message(['From: a@b.example', 'Message-ID: <1 2@b.example>']), 'Message-ID'],
    ['a Date of the wrong form', message(['From: a@b.example', 'Date: 2026-11-24T09:00:00Z']), 'Date'],
    ['a forged Return-Path', message(['Return-Path: <a@b.example>', ...good]), 'Return-Path'],
    ['a forged result', message(['Authentication-Results: mx.example; spf=pass', ...good]), 'Authentication-Results'],
    ['a forged chain', message(['ARC-Seal: i=1', ...good]), 'Arc-Seal'],
    ['a loop', message([...good, ...Array.from({ length: 51 }, () => 'Received: x')]), 'too many hosts'],
  ])('with %s is refused', (_, bytes, why) => {
    const faults = faultsOf(bytes);
    expect(faults.join()).toContain(why);
    expect(faults).toHaveLength(1);
  });

  it.each([
    'From: b@sender.example',
    'Sender: a@sender.example\r\nsender: b@sender.example',
    'To: ada@one.example',
    'Cc: a@b.example\r\nCc: a@b.example',
    'Reply-To: a@b.example\r\nReply-To: a@b.example',
    'Subject: Other',
    'Message-ID: <2@sender.example>',
    'Date: Tue, 24 Nov 2026 09:00:00 +0000',
    'In-Reply-To: <1@b.example>\r\nIn-Reply-To: <1@b.example>',
    'References: <1@b.example>\r\nReferences: <1@b.example>',
    'MIME-Version: 1.0\r\nMIME-Version: 1.0',
    'Content-Type: text/plain\r\nContent-Type: text/html',
  ])('with %j standing twice is refused (X02)', (fields) => {
    expect(faultsOf(message([...good, fields])).join()).toContain('more than once');
  });

  it('finds a binary part inside others', () => {
    const inner = '--b\r\nContent-Transfer-Encoding: binary\r\n\r\nx\r\n--b--\r\n';
    const outer = `--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${inner}\r\n--a--\r\n`;
    expect(faultsOf(message([...good, 'Content-Type: multipart/mixed; boundary="a"'], outer)).join()).toContain(
      'binary',
    );
  });

  it.each([
    'Tue, 24 Nov 2026 09:00:00 +0000',
    '24 Nov 2026 09:00 -0330',
    'Tue, 24 Nov 2026 09:00:00 GMT',
    'Tue, 24 Nov 2026 09:00:60 +0000 (UTC)',
  ])('may have the Date %s', (date) => {
    expect(read(message(['From: a@b.example', `Date: ${date}`])).message.dated).toBe(true);
  });

  it('of any pieces is either refused or fit for the wire, and stays as it is the second time', () => {
    const line = fc.constantFrom(
      ...good,
      'Bcc: eve@secret.example',
      ' folded',
      'X-Own: é',
      '',
      'text',
      'Content-Type: multipart/mixed; boundary=b',
      '--b',
      '--b--',
      'Resent-Bcc: x',
    );
    const end = fc.constantFrom('\r\n', '\n', '\r');
    const pieces = fc.array(fc.tuple(line, end), { maxLength: 14 });
    let passed = 0;
    fc.assert(
      fc.property(pieces, (rest) => {
        const text = [good[0], '\r\n', ...rest.flat()].join('');
        const result = readRawMessage(Buffer.from(text));
        if (!result.ok) return;
        passed++;
        const { bytes } = result.message;
        expect(lineFault(bytes)).toBeNull();
        expect(Buffer.from(bytes).toString()).toContain('\r\n\r\n');
        expect(Buffer.from(bytes).toString().split('\r\n\r\n')[0]).not.toMatch(/^(?:resent-)?bcc:/im);
        expect(readRawMessage(Buffer.from(bytes))).toEqual(result);
      }),
      { numRuns: 2_000 },
    );
    expect(passed).toBeGreaterThan(100);
  });
});

describe('completing a raw message', () => {
  const composer = createComposer(systemRandom);
  const now = Date.UTC(2026, 10, 24, 9);

  it('puts Message-ID and Date in front where they lack, and changes nothing else', () => {
    const { message: kept } = read(message(good.slice(0, 3)));
    const { bytes, facts } = composer.complete(kept, '<new@sender.example>', now);
    const added = 'Message-ID: <new@sender.example>\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\n';
    expect(Buffer.from(bytes).toString()).toBe(added + message(good.slice(0, 3)).toString());
    expect(facts).toEqual({ sizeBytes: bytes.length, eightBit: false, utf8Headers: false });
    expect(read(Buffer.from(bytes)).message).toMatchObject({ messageId: '<new@sender.example>', dated: true });
  });

  it('leaves a complete one alone, and tells what it needs on the way', () => {
    const utf8 = message([...good, 'X-Own: é'], 'é\r\n');
    const { message: kept } = read(utf8);
    const { bytes, facts } = composer.complete(kept, '<1@sender.example>', now);
    expect(Buffer.from(bytes)).toEqual(utf8);
    expect(facts).toEqual({ sizeBytes: utf8.length, eightBit: true, utf8Headers: true });
  });
});
