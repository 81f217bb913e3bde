import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { recordOf, type ServerReply } from '../../functions/smtp/reply.ts';
import { ReplyReader } from '../../functions/smtp/reply-reader.ts';

/** What a reader makes of octets that come in pieces cut at `cuts`. */
function readAll(octets: Buffer, cuts: readonly number[]): (ServerReply | 'malformed')[] {
  const reader = new ReplyReader();
  const seen: (ServerReply | 'malformed')[] = [];
  const ends = [...new Set([...cuts.map((cut) => cut % (octets.length + 1)), octets.length])].toSorted((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    const piece = octets.subarray(from, end);
    from = end;
    for (let at = 0; at < piece.length;) {
      const step = reader.read(piece, at);
      if (step.kind === 'malformed') return [...seen, 'malformed'];
      if (step.kind === 'more') break;
      seen.push(step.reply);
      at = step.next;
    }
  }
  return seen;
}

const octetsLikeReplies = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.constantFrom('250', '550', '354', '2', '-', ' ', 'ok', '\r', '\n', '\r\n', '250 ok\r\n', '250-a\r\n'))
    .map((parts) => Buffer.from(parts.join(''))),
);

describe('the reply reader', () => {
  test('sees the same in pieces of any size, and never throws', () => {
    fc.assert(
      fc.property(octetsLikeReplies, fc.array(fc.nat()), (octets, cuts) => {
        expect(readAll(Buffer.from(octets), cuts)).toEqual(readAll(Buffer.from(octets), []));
      }),
      { numRuns: 1000 },
    );
  });

  test('gives back the replies that were written (C21)', () => {
    const line = fc.stringMatching(/^[ -~]{0,40}$/);
    const reply = fc.record({
      code: fc.integer({ min: 200, max: 599 }),
      lines: fc.array(line, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 5 }), fc.array(fc.nat()), (replies, cuts) => {
        const text = replies
          .map(({ code, lines }) =>
            lines.map((words, n) => `${code}${n < lines.length - 1 ? '-' : ' '}${words}\r\n`).join(''),
          )
          .join('');
        expect(readAll(Buffer.from(text), cuts)).toEqual(replies.map((written) => ({ kind: 'reply', ...written })));
      }),
    );
  });

  test.each([
    '25\r\n',
    '2\r\n',
    '150 ok\r\n',
    '650 ok\r\n',
    'a250 ok\r\n',
    '2500 ok\r\n',
    '250ok\r\n',
    '\r\n',
    '250-a\r\n251 b\r\n',
    '250\t\r\n',
  ])('refuses %j', (text) => {
    expect(readAll(Buffer.from(text), [])).toEqual(['malformed']);
  });

  test('cuts off what has no end, by lines or without', () => {
    for (const text of ['x'.repeat(1000), '250-more\r\n'.repeat(100)]) {
      const reader = new ReplyReader();
      const piece = Buffer.from(text);
      const steps = Array.from({ length: 100 }, () => reader.read(piece, 0).kind);
      expect(steps).toContain('malformed');
    }
  });
});

describe('the record of a reply', () => {
  test('is one printable line within its limit, whatever the octets', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 6 }), (lines) => {
        const { text } = recordOf({
          kind: 'reply',
          code: 550,
          lines: lines.map((line) => Buffer.from(line).toString('latin1')),
        });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test.each([
    [['5.7.1 blocked', '5.7.1 see our page'], '5.7.1'],
    [['Sorry,', '5.7.26 unauthenticated'], '5.7.26'],
    [['4.2.0 of another class', '5.2.0 of this one'], '5.2.0'],
    [['', '', '5.1.1'], '5.1.1'],
    [['5.1.1 first', '5.7.1 then'], '5.1.1'],
    [['none', 'at all'], null],
  ])('of many lines %j has the enhanced code %s', (lines, expected) => {
    expect(recordOf({ kind: 'reply', code: 550, lines }).enhancedCode).toBe(expected);
  });

  test('never has an enhanced code of another class than its basic one', () => {
    const line = fc.tuple(fc.constantFrom('2', '4', '5', 'x'), fc.nat(2000), fc.nat(2000), fc.string());
    const texts = fc.array(line.map(([digit, subject, detail, text]) => `${digit}.${subject}.${detail} ${text}`));
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), texts, (code, lines) => {
        const { enhancedCode } = recordOf({ kind: 'reply', code, lines });
        if (enhancedCode === null) return;
        expect(enhancedCode).toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
        expect(enhancedCode[0]).toBe(String(code)[0]);
      }),
    );
  });

  test.each([
    [550, '5.1.1 no', '5.1.1'],
    [450, '5.1.1 no', null],
    [250, '2.0.0', '2.0.0'],
    [550, '5.1.1x', null],
    [550, 'see 5.1.1', null],
    [421, '4.4.2.1 is my address', null],
    [250, '2.1.1234 no code', null],
    [250, '', null],
    [354, '3.0.0 there is no such class', null],
    [554, '5.7.509', '5.7.509'],
    [550, '2.0.0 contradiction', null],
  ])('of %i with %j has the enhanced code %s', (code, line, expected) => {
    expect(recordOf({ kind: 'reply', code, lines: [line] }).enhancedCode).toBe(expected);
  });
});
