import { createTransport } from 'nodemailer';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMemoryRateLimiter } from '../../functions/adapters/rate-limiter-memory.ts';
import {
  listenForReturnedMail,
  type ReturnedMailListener,
  type ReturnedMailPorts,
  type ReturnedMailSettings,
} from '../../functions/adapters/returned-mail-smtp.ts';
import { limits } from '../../functions/core/limits.ts';
import { type MailDialogue, startDialogue } from '../support/mail-dialogue.ts';
import { quietLog } from '../support/quiet-log.ts';
import { deliveryReport } from '../support/returned-mail.ts';

const KiB = 1024;
const ours = 'bounce+one@back.example';
const others = 'bounce+two@back.example';
const report = deliveryReport('postmaster@mx.example', [{ address: 'bob@one.example' }]);

type Taken = { readonly text: string; readonly address: string };

let listener: ReturnedMailListener;
let taken: Taken[];
let now: number;
let dialogues: MailDialogue[];

beforeEach(() => {
  taken = [];
  now = 0;
  dialogues = [];
});

afterEach(async () => {
  for (const dialogue of dialogues) dialogue.destroy();
  await listener.close();
});

async function start(
  settings: Partial<ReturnedMailSettings> = {},
  ports: Partial<ReturnedMailPorts> = {},
): Promise<void> {
  listener = await listenForReturnedMail(
    {
      protocol: 'lmtp',
      host: '127.0.0.1',
      port: 0,
      hostname: 'postern.example',
      mostOctets: 64 * KiB,
      idleMs: 60_000,
      sessionMs: 60_000,
      ...settings,
    },
    {
      isExpected: async (address) => address.endsWith('@back.example'),
      take: async (message, address) => {
        taken.push({ text: Buffer.from(message).toString('latin1'), address });
        return true;
      },
      rates: createMemoryRateLimiter(),
      clock: { now: () => now, sleep: async () => undefined },
      log: quietLog,
      ...ports,
    },
  );
}

const port = (): number => Number(new URL(listener.url).port);

/** A connection that has been greeted. */
async function greeted(): Promise<MailDialogue> {
  const dialogue = startDialogue(port());
  dialogues.push(dialogue);
  await dialogue.reply();
  const hello = listener.url.startsWith('lmtp') ? 'LHLO' : 'EHLO';
  await dialogue.say(`${hello} mx.example`);
  return dialogue;
}

/** One that has named its sender and recipients, all of which were taken. */
async function addressed(...recipients: readonly string[]): Promise<MailDialogue> {
  const dialogue = await greeted();
  await dialogue.say('MAIL FROM:<>');
  for (const one of recipients) expect(await dialogue.say(`RCPT TO:<${one}>`)).toMatch(/^250 2\.1\.5 /);
  return dialogue;
}

async function withContent(dialogue: MailDialogue, content: string): Promise<string> {
  expect(await dialogue.say('DATA')).toMatch(/^354 /);
  return dialogue.say(`${content}\r\n.`);
}

const codes = (reply: string): string => reply.slice(0, 9);

describe('the listener for returned mail', () => {
  it('says what it can do: no login, no TLS, a size', async () => {
    await start();
    const dialogue = startDialogue(port());
    dialogues.push(dialogue);
    expect(await dialogue.reply()).toBe('220 postern.example LMTP');
    expect(await dialogue.say('EHLO mx.example')).toMatch(/^500 /);
    const hello = await dialogue.say('LHLO mx.example');
    const offers = hello.split('\r\n').slice(1);
    expect(offers.map((line) => line.slice(4))).toEqual([
      'PIPELINING',
      '8BITMIME',
      'SMTPUTF8',
      'ENHANCEDSTATUSCODES',
      'SIZE 65536',
    ]);
    for (const verb of ['AUTH PLAIN', 'STARTTLS', 'XCLIENT ADDR=192.0.2.1', 'WIZ x', 'BDAT 5 LAST']) {
      expect(await dialogue.say(verb)).toMatch(/^5\d\d /);
    }
  });

  it('answers once for each recipient over LMTP, and takes the mail in for each', async () => {
    await start(
      {},
      {
        take: async (message, address) => {
          taken.push({ text: Buffer.from(message).toString(), address });
          return address !== others;
        },
      },
    );
    const dialogue = await addressed(ours, others);
    expect(codes(await withContent(dialogue, report))).toBe('250 2.6.0');
    expect(codes(await dialogue.reply())).toBe('451 4.3.0');
    expect(taken.map(({ address }) => address)).toEqual([ours, others]);
    expect(taken[0]?.text).toBe(`${report}\r\n`);
  });

  it('takes a recipient once, so that there is a reply for each', async () => {
    await start();
    const dialogue = await addressed(ours);
    expect(await dialogue.say(`RCPT TO:<${ours.toUpperCase()}>`)).toMatch(/^452 /);
    expect(codes(await withContent(dialogue, report))).toBe('250 2.6.0');
    expect(codes(await dialogue.say('NOOP'))).toBe('250 2.0.0');
  });

  it.each([
    [true, '250 2.6.0'],
    [false, '451 4.3.0'],
  ])('answers once for all over SMTP, after all of it is on record: %s', async (settled, answer) => {
    await start({ protocol: 'smtp' }, { take: async (_, address) => settled || address === ours });
    const dialogue = await addressed(ours, others);
    expect(codes(await withContent(dialogue, report))).toBe(answer);
    expect(codes(await dialogue.say('NOOP'))).toBe('250 2.0.0');
  });

  it('takes mail of a client that somebody else has written', async () => {
    await start();
    const transport = createTransport({ host: '127.0.0.1', port: port(), lmtp: true, ignoreTLS: true });
    const sent = await transport.sendMail({ envelope: { from: '', to: [ours] }, raw: report });
    expect(sent.accepted).toEqual([ours]);
    expect(taken).toEqual([{ text: report, address: ours }]);
    transport.close();
  });

  it('relays nothing and refuses what is none of ours, until it hangs up (X26)', async () => {
    await start();
    const dialogue = await greeted();
    await dialogue.say('MAIL FROM:<ceo@bank.example>');
    expect(codes(await dialogue.say('RCPT TO:<ada@elsewhere.example>'))).toBe('550 5.1.1');
    expect(codes(await dialogue.say('RCPT TO:<@back.example:ada@elsewhere.example>'))).toBe('550 5.1.1');
    expect(codes(await dialogue.say('RCPT TO:<postmaster>'))).toBe('550 5.1.1');
    expect(codes(await dialogue.say('DATA'))).toBe('503 5.5.1');
    for (let more = 3; more < limits.inboundRefusalsPerConnection; more++) {
      expect(codes(await dialogue.say(`RCPT TO:<guess${more}@elsewhere.example>`))).toBe('550 5.1.1');
    }
    expect(codes(await dialogue.say('RCPT TO:<one@elsewhere.example>'))).toBe('421 4.4.2');
    expect(await dialogue.rest()).toBe('');
    expect(taken).toEqual([]);
  });

  it('asks for the mail again when a store is out of reach', async () => {
    let reachable = false;
    const unreachable = async (): Promise<boolean> => (reachable ? true : Promise.reject(new Error('Out of reach.')));
    await start({}, { isExpected: unreachable, take: () => Promise.reject(new Error('Out of reach.')) });
    const dialogue = await greeted();
    await dialogue.say('MAIL FROM:<>');
    expect(codes(await dialogue.say(`RCPT TO:<${ours}>`))).toBe('451 4.3.0');
    reachable = true;
    expect(codes(await dialogue.say(`RCPT TO:<${ours}>`))).toBe('250 2.1.5');
    expect(codes(await withContent(dialogue, report))).toBe('451 4.3.0');
  });

  it('knows an international domain by its A-label', async () => {
    const label = 'xn--bcher-kva.example';
    await start({}, { isExpected: async (address) => address === `bounce+one@${label}` });
    for (const domain of [label, 'BÜCHER.example'].map((one) => Buffer.from(one).toString('latin1'))) {
      await withContent(await addressed(`bounce+one@${domain}`), report);
    }
    expect(taken.map(({ address }) => address)).toEqual([`bounce+one@${label}`, `bounce+one@${label}`]);
  });

  it('takes any sender', async () => {
    await start();
    for (const sender of ['', 'a@b', '.odd..@-x_.example', `${'a'.repeat(300)}@x.example`, 'jörg@bücher.example']) {
      const dialogue = await greeted();
      expect(codes(await dialogue.say(`MAIL FROM:<${Buffer.from(sender).toString('latin1')}>`))).toBe('250 2.1.0');
    }
  });
});

describe('content that is hostile', () => {
  it.each(['\n.\n', '\n.\r\n', '\r.\r', '\r\n.\n', '\r\n.\r', '\r\r\n.\r\r\n', '\n\n.\n\n', '\r\n.\0\r\n'])(
    'ends at no other end than CRLF.CRLF: %j (X27)',
    async (end) => {
      await start();
      const dialogue = await addressed(ours);
      const smuggled = `MAIL FROM:<x@y.example>\r\nRCPT TO:<${others}>\r\nDATA\r\n\r\nSmuggled.`;
      expect(codes(await withContent(dialogue, `Subject: one\r\n\r\nOne.${end}${smuggled}`))).toBe('250 2.6.0');
      expect(codes(await dialogue.say('NOOP'))).toBe('250 2.0.0');
      expect(taken.map(({ address }) => address)).toEqual([ours]);
      expect(taken[0]?.text).toContain('Smuggled.');
    },
  );

  it('arrives as it was, however it is cut (property, X27)', async () => {
    await start();
    const dialogue = await greeted();
    const lines = fc.array(fc.constantFrom('.', '..', '.x', 'x', '', '\r', 'a\n.b', '\r.'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(), { maxLength: 12 }), async (content, cuts) => {
        const stuffed = content.map((line) => `${line.startsWith('.') ? '.' : ''}${line}\r\n`);
        const wire = `${stuffed.join('')}.\r\n`;
        for (const line of ['MAIL FROM:<>', `RCPT TO:<${ours}>`, 'DATA']) await dialogue.say(line);
        const places = [0, ...cuts.map((cut) => cut % wire.length), wire.length].toSorted((one, other) => one - other);
        for (const [index, from] of places.entries()) {
          dialogue.raw(wire.slice(from, places[index + 1]));
          await new Promise((resolve) => setTimeout(resolve));
        }
        expect(codes(await dialogue.reply())).toBe('250 2.6.0');
        expect(taken.at(-1)?.text).toBe(content.map((line) => `${line}\r\n`).join(''));
      }),
      { numRuns: 30 },
    );
  });

  it('is refused by its size, whether that was said before or not (X28)', async () => {
    await start();
    const dialogue = await greeted();
    expect(codes(await dialogue.say(`MAIL FROM:<> SIZE=${64 * KiB + 1}`))).toBe('552 5.3.4');
    expect(codes(await dialogue.say('MAIL FROM:<> SIZE=100'))).toBe('250 2.1.0');
    await dialogue.say(`RCPT TO:<${ours}>`);
    await dialogue.say(`RCPT TO:<${others}>`);
    const large = `Subject: x\r\n\r\n${'x'.repeat(70)}\r\n`.padEnd(70 * KiB, 'x');
    expect(codes(await withContent(dialogue, large))).toBe('552 5.3.4');
    expect(codes(await dialogue.reply())).toBe('552 5.3.4');
    expect(codes(await dialogue.say('MAIL FROM:<>'))).toBe('250 2.1.0');
    expect(taken).toEqual([]);
  });

  it('without an end is not waited for (X28)', async () => {
    await start();
    const dialogue = await addressed(ours);
    await dialogue.say('DATA');
    dialogue.raw('x'.repeat(200 * KiB));
    expect(await dialogue.rest()).toBe('');
    expect(taken).toEqual([]);
  });

  it('is kept only as far as it is looked at (X28)', async () => {
    await start({ mostOctets: 4 * KiB * KiB });
    const dialogue = await addressed(ours);
    const line = `..${'x'.repeat(60)}\r\n`;
    expect(codes(await withContent(dialogue, line.repeat(20_000)))).toBe('250 2.6.0');
    expect(taken[0]?.text.length).toBe(limits.inboundKeptOctets);
    expect(taken[0]?.text.startsWith(`.${'x'.repeat(60)}\r\n.x`)).toBe(true);
  });

  it('of any bytes is taken, and so are any bytes for commands, without harm to others (property, X28)', async () => {
    await start();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, asContent) => {
        const dialogue = asContent ? await addressed(ours) : await greeted();
        if (asContent) await dialogue.say('DATA');
        dialogue.raw(Buffer.concat([bytes, Buffer.from('\r\n.\r\nNOOP\r\n')]));
        await dialogue.reply();
        dialogue.destroy();
      }),
      { numRuns: 12 },
    );
    expect(codes(await withContent(await addressed(ours), report))).toBe('250 2.6.0');
  });

  it('that breaks off is taken for nothing, and a line without end is cut short (X28)', async () => {
    await start();
    const leaver = await addressed(ours);
    await leaver.say('DATA');
    leaver.raw(report);
    leaver.destroy();
    const endless = await greeted();
    endless.raw('RCPT TO:<'.padEnd(limits.inboundCommandOctets + 10, 'x'));
    expect(await endless.rest()).toMatch(/^421 /);
    expect(codes(await withContent(await addressed(ours), report))).toBe('250 2.6.0');
    expect(taken).toHaveLength(1);
  });
});

describe('a client that wants much (X28)', () => {
  it('names only so many recipients with one mail', async () => {
    await start();
    const names = Array.from({ length: limits.inboundRecipientsPerMessage }, (_, index) => `b${index}@back.example`);
    const dialogue = await addressed(...names);
    expect(codes(await dialogue.say(`RCPT TO:<${ours}>`))).toBe('452 4.5.3');
  });

  it('names only so many in one minute', async () => {
    const rates = createMemoryRateLimiter();
    await start({}, { rates });
    const policy = { limit: limits.inboundRecipientsPerMinute, windowSeconds: 60 };
    await rates.take('127.0.0.1', policy, limits.inboundRecipientsPerMinute - 1, now);
    const dialogue = await addressed(ours);
    expect(codes(await dialogue.say(`RCPT TO:<${others}>`))).toBe('451 4.3.0');
    now = 61_000;
    expect(codes(await dialogue.say(`RCPT TO:<${others}>`))).toBe('250 2.1.5');
  });

  it('has only so many connections at a time', async () => {
    await start();
    const most = limits.inboundConnectionsPerAddress;
    await Promise.all(Array.from({ length: most }, () => greeted()));
    const surplus = startDialogue(port());
    dialogues.push(surplus);
    expect(await surplus.reply()).toMatch(/^421 4\.7\.0 /);
    dialogues[0]?.destroy();
    expect(codes(await withContent(await addressed(ours), report))).toBe('250 2.6.0');
  });

  it('finds only so many connections, wherever it comes from', async () => {
    await start();
    const opened = Array.from({ length: 2 * limits.inboundConnections + 20 }, (_, index) =>
      startDialogue(port(), { from: `127.0.0.${1 + (index % 8)}`, clinging: true }),
    );
    dialogues.push(...opened);
    const answers = await Promise.all(
      opened.map(async (one) => (await one.reply().catch(() => 'closed')).slice(0, 'closed'.length)),
    );
    const count = (answer: string) => answers.filter((one) => one.startsWith(answer)).length;
    expect(count('220')).toBe(limits.inboundConnections);
    expect(count('421')).toBe(limits.inboundConnections);
    expect(count('closed')).toBe(20);
  });

  it('is left when it is silent, and when it never ends', async () => {
    await start({ idleMs: 300, sessionMs: 600 });
    const silent = await greeted();
    expect(await silent.rest()).toMatch(/^421 4\.4\.2 /);
    const dripping = await addressed(ours);
    await dripping.say('DATA');
    const drip = setInterval(() => dripping.raw('x'), 50);
    expect(await dripping.rest().finally(() => clearInterval(drip))).toBe('');
  });
});

describe('the end', () => {
  it('closes what waits, and answers content that is on its way', async () => {
    await start();
    const idle = await greeted();
    const busy = await addressed(ours);
    await busy.say('DATA');
    busy.raw(report);
    const closed = listener.close();
    expect(await idle.rest()).toMatch(/^421 4\.4\.2 /);
    const late = startDialogue(port());
    dialogues.push(late);
    await expect(late.reply()).rejects.toThrow('The connection has ended');
    expect(codes(await busy.say('\r\n.'))).toBe('250 2.6.0');
    expect(await busy.rest()).toMatch(/^421 /);
    await closed;
    expect(taken).toHaveLength(1);
  });

  it('is one sentence where somebody else listens', async () => {
    await start();
    const again = { protocol: 'lmtp', host: '127.0.0.1', port: port() } as const;
    const settings = { ...again, hostname: 'x', mostOctets: 1, idleMs: 1, sessionMs: 1 };
    const ports = { rates: createMemoryRateLimiter(), clock: { now: () => 0, sleep: async () => undefined } };
    const never = async (): Promise<boolean> => false;
    await expect(
      listenForReturnedMail(settings, { ...ports, isExpected: never, take: never, log: quietLog }),
    ).rejects.toThrow(/^Returned mail cannot be listened for at lmtp:\/\/127\.0\.0\.1:\d+: .*EADDRINUSE.*\.$/);
  });
});
