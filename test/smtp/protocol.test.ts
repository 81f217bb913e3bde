import { describe, expect, test } from 'vitest';

import { dsnParameters } from '../../functions/smtp/dsn-parameters.ts';
import { exchangeEnvelope } from '../../functions/smtp/envelope-exchange.ts';
import { commandLine, mailCommand, rcptCommand } from '../../functions/smtp/mail-commands.ts';
import { sendChunks, sendData } from '../../functions/smtp/send-content.ts';
import { hasTimeForContent } from '../../functions/smtp/time-budget.ts';
import type { Mailbox } from '../../functions/core/mailbox.ts';
import type { Answer } from '../../functions/smtp/wire.ts';
import { contentOf, patient } from '../support/smtp-order.ts';
import { ends, memoryWire, says } from '../support/smtp-memory-wire.ts';

const signal = new AbortController().signal;

function rulesWith(leftMs: number, pipelining = true) {
  const now = performance.now();
  const attempt = { startedAt: now, endsAt: now + leftMs, signal };
  return { timeouts: patient, minimumRateBytesPerSecond: 1024, attempt, pipelining };
}

const mail = commandLine('MAIL FROM:<>');
const rcpt = [commandLine('RCPT TO:<one@example.test>')];
const small = contentOf(Buffer.from('Subject: x\r\n\r\n.\r\n'));
const large = contentOf(Buffer.alloc(150_000, 'line\r\n'), 40_000);

describe('an envelope', () => {
  test('goes out in one piece with its content when all is one flight', async () => {
    const wire = memoryWire([says(250), says(250), says(250)]);
    const last = { kind: 'whole', octets: [Buffer.from('BDAT 2 LAST\r\n'), Buffer.from('hi')] } as const;
    const heard = await exchangeEnvelope(wire, { reset: false, mail, rcpt, last }, true, patient);
    expect(wire.sent).toEqual(['MAIL FROM:<>\r\nRCPT TO:<one@example.test>\r\nBDAT 2 LAST\r\nhi']);
    expect(heard).toMatchObject({ last: { code: 250 }, ended: null });
  });

  test('in one flight is doubted when one more reply follows its last (R10)', async () => {
    const wire = memoryWire([says(250), says(250), says(250)], ends('surplus'));
    const last = { kind: 'whole', octets: [Buffer.from('BDAT 0 LAST\r\n')] } as const;
    const heard = await exchangeEnvelope(wire, { reset: false, mail, rcpt, last }, true, patient);
    expect(heard.ended?.why).toBe('surplus');
  });

  test('goes out command by command without PIPELINING, and stops where it has failed (C52)', async () => {
    const wire = memoryWire([says(250), says(550)]);
    await exchangeEnvelope(wire, { reset: false, mail, rcpt, last: { kind: 'data' } }, false, patient);
    expect(wire.sent).toEqual(['MAIL FROM:<>\r\n', 'RCPT TO:<one@example.test>\r\n']);
  });
});

describe('content', () => {
  test('is not sent when the 354 brought something along (D03)', async () => {
    const wire = memoryWire([says(250)], ends('surplus'));
    expect(await sendData(wire, small, rulesWith(10_000))).toEqual({ answer: ends('surplus'), complete: false });
    expect(wire.sent).toEqual([]);
  });

  test('of small size goes out in one piece with its end', async () => {
    const wire = memoryWire([says(250)]);
    expect(await sendData(wire, small, rulesWith(10_000))).toMatchObject({ complete: true });
    expect(wire.sent).toEqual(['Subject: x\r\n\r\n..\r\n.\r\n']);
  });

  test('is not ended when too little time is left to hear the verdict', async () => {
    const rules = rulesWith(10_000);
    const late = {
      ...rules,
      attempt: { ...rules.attempt, startedAt: rules.attempt.startedAt - 50_000, endsAt: rules.attempt.startedAt + 500 },
    };
    const byData = memoryWire([says(250)]);
    expect(await sendData(byData, large, late)).toMatchObject({ answer: { why: 'timeout' }, complete: false });
    expect(byData.sent.join('')).not.toMatch(/(^|\n)\.\r\n$/);
    const byChunks = memoryWire([says(250), says(250), says(250)]);
    expect(await sendChunks(byChunks, large, late)).toMatchObject({ answer: { why: 'timeout' }, complete: false });
    expect(byChunks.sent.join('')).not.toContain('LAST');
  });

  test.each([[sendData], [sendChunks]])(
    'that has not left entirely cannot be taken, however it ends: %o',
    async (send) => {
      const wire = { ...memoryWire([ends('reset')]), handedOver: false };
      expect(await send(wire, small, rulesWith(10_000))).toMatchObject({ answer: { why: 'reset' }, complete: false });
    },
  );

  test('in chunks keeps the last back until all others are acknowledged (C53)', async () => {
    const wire = memoryWire([says(250), says(452)]);
    expect(await sendChunks(wire, large, rulesWith(10_000))).toMatchObject({ answer: { code: 452 }, complete: false });
    expect(wire.sent.map((piece) => piece.split('\r\n')[0])).toEqual(['BDAT 65536', 'BDAT 65536']);
  });

  const chunksAt = async (...answers: readonly Answer[]) => {
    const wire = memoryWire(answers);
    return { ...(await sendChunks(wire, large, rulesWith(10_000))), asked: wire.sent.includes('NOOP\r\n') };
  };
  const chunk = says(250, '2.0.0 Ok: 65536 bytes');
  const taken = says(250, '2.0.0 Ok: queued as 4F1A2B');

  test('in chunks is in doubt if the verdict reads like that on a chunk and another one follows (D04, R10)', async () => {
    expect(await chunksAt(chunk, chunk, chunk, says(554, '5.7.1 spam'))).toMatchObject({
      answer: { why: 'surplus' },
      complete: true,
    });
  });

  test('in chunks is taken if no other verdict follows, or if the verdict reads like none on a chunk', async () => {
    expect(await chunksAt(chunk, chunk, chunk, says(250, 'Ok'))).toMatchObject({ answer: chunk, asked: true });
    expect(await chunksAt(chunk, chunk, taken)).toMatchObject({ answer: taken, complete: true, asked: false });
  });

  test('in chunks is not completed after a reply too many (D04)', async () => {
    const wire = memoryWire([chunk, chunk], ends('surplus'));
    expect(await sendChunks(wire, large, rulesWith(10_000))).toEqual({ answer: ends('surplus'), complete: false });
    expect(wire.sent.join('')).not.toContain('LAST');
  });

  test('may take the time that it needs, and a small message needs little', () => {
    const at = performance.now();
    const attempt = (totalMs: number, leftMs: number) => ({
      startedAt: at - totalMs + leftMs,
      endsAt: at + leftMs,
      signal,
    });
    expect(hasTimeForContent(attempt(840_000, 60_000), 30_000, 600_000)).toBe(true);
    expect(hasTimeForContent(attempt(840_000, 20_000), 30_000, 600_000)).toBe(false);
    expect(hasTimeForContent(attempt(5_000, 4_500), 30_000, 600_000)).toBe(true);
    expect(hasTimeForContent(attempt(840_000, 31_000), 25_000_000, 600_000)).toBe(false);
  });
});

describe('commands', () => {
  test.each(['a\r\nRCPT TO:<evil@example.test>', 'a> SIZE=1', 'a b', 'a\nb', 'a\0b'])(
    'cannot be made of a mailbox that smuggles: %j',
    (local) => {
      const dsn = dsnParameters(true, null, '');
      const mailbox = { local, domain: 'example.test' } as unknown as Mailbox;
      expect(() => rcptCommand(mailbox, { dsn })).toThrow(/^(?:A command|An address) contains/);
      expect(() =>
        mailCommand(mailbox, { sizeBytes: null, body: null, smtpUtf8: false, requireTls: false, dsn }),
      ).toThrow(/^(?:A command|An address) contains/);
    },
  );
});
