import fc from 'fast-check';
import process from 'node:process';
import { expect, it } from 'vitest';

import { bounceRules } from '../../functions/bounce/bounce-rules.ts';
import { returnedMailOf } from '../../functions/http/read-returned-mail.ts';
import { corpusHalves, corpusIsThere } from '../bounce/corpus.ts';
import { forms } from '../bounce/returned-mails.ts';

const mutations = 100_000;
const seed = 3464;

const words = [
  '\r\n',
  '\n',
  '--',
  '@',
  '<',
  '>',
  ':',
  ';',
  '=?utf-8?q?',
  '\0',
  '\xff',
  '\x1b$B',
  '550 5.1.1 ',
  'Final-Recipient: ',
  'boundary=',
];

type Mutation = {
  readonly mail: number;
  readonly at: number;
  readonly kind: number;
  readonly length: number;
  readonly word: number;
};

function mutated(mail: Buffer, { at, kind, length, word }: Mutation): Buffer {
  const place = Math.floor(at * mail.length);
  const before = mail.subarray(0, place);
  const after = mail.subarray(place);
  switch (kind) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after.subarray(length)]);
    case 2:
      return Buffer.concat([before, after.subarray(0, length), mail.subarray(place)]);
    case 3:
      return Buffer.concat([before, Buffer.from(words[word] ?? '', 'latin1'), after]);
    default:
      return Buffer.concat([
        before,
        Buffer.from(after.subarray(0, length).map((octet) => octet ^ word)),
        after.subarray(length),
      ]);
  }
}

it('a hundred thousand mutilated mails are read, and every verdict cites a rule', async () => {
  const { training, leftOut } = corpusIsThere ? corpusHalves() : { training: [], leftOut: [] };
  const mails = [
    ...forms.map(({ mail }) => Buffer.from(mail, 'latin1')),
    ...[...training, ...leftOut].map(({ bytes }) => bytes),
  ];
  const known = new Set(bounceRules().map(({ id }) => id));
  const mutation = fc.record({
    mail: fc.nat({ max: mails.length - 1 }),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    kind: fc.nat({ max: 4 }),
    length: fc.nat({ max: 400 }),
    word: fc.nat({ max: words.length - 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (steps) => {
      const base = mails[steps[0]?.mail ?? 0] ?? Buffer.alloc(0);
      const read = await returnedMailOf(steps.reduce(mutated, base));
      for (const { rule, suppress, action } of read.recipients) {
        expect(known.has(rule)).toBe(true);
        expect(suppress && action !== 'failed' && action !== 'complained').toBe(false);
      }
    }),
    { numRuns: mutations, seed, endOnFailure: true },
  );
});

it('a mail of 10 MB is read; what it costs is printed', async () => {
  const mail = Buffer.alloc(10 * 1024 * 1024, 'From: mailer-daemon@x.test\r\n\r\n<a@x.test>: 550 no such user\r\n');
  await returnedMailOf(mail.subarray(0, 1_000));
  const before = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  const { kind } = await returnedMailOf(mail);
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  const megabytes = (process.memoryUsage.rss() - before) / 1024 ** 2;
  console.log(
    `10 MB: ${ms.toFixed(0)} ms, ${((user + system) / 1e3).toFixed(0)} ms of it of the processor, ${megabytes.toFixed(1)} MB above the mail itself`,
  );
  expect(kind).toBe('dsn');
});
