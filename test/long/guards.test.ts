import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const matrix = 'test/smtp/fault-matrix.test.ts';

type Guard = {
  /** What would be missing. */
  readonly guard: string;
  readonly file: string;
  readonly text: string;
  readonly without: string;
  /** The test that notices, by a part of its name; of the fault matrix unless a file is named. */
  readonly noticed: string;
  readonly by?: string;
};

/** Each guard of the SMTP client once, and how the code reads without it. */
const guards: readonly Guard[] = [
  {
    guard: 'a reply that nobody asked for ends the connection',
    file: 'socket-wire.ts',
    text: 'if (!this.#dropsAfterReply) this.#unasked',
    without: 'if (at < 0) this.#unasked',
    noticed: 'answers DATA 354 and 250 in one packet',
  },
  {
    guard: 'what was injected before TLS is dropped',
    file: 'socket-wire.ts',
    text: 'if (!this.#dropsAfterReply) this.#unasked',
    without: 'if (at > 0) this.#unasked',
    noticed: 'injects replies after 220',
  },
  {
    guard: 'the deadline of the attempt holds for every wait',
    file: 'socket-wire.ts',
    text: 'Math.min(performance.now() + withinMs, this.#attempt.endsAt)',
    without: 'performance.now() + withinMs',
    noticed: 'falls silent after the content',
  },
  {
    guard: 'the lines of a reply carry one code',
    file: 'reply-reader.ts',
    text: 'if (this.#code !== null && this.#code !== code)',
    without: "if (this.#code === '')",
    noticed: 'replies to the content with 250 and 550 in one',
  },
  {
    guard: 'a reply has an end',
    file: 'reply-reader.ts',
    text: 'if (this.#octets > this.limitOctets)',
    without: 'if (this.#octets < 0)',
    noticed: 'replies to the content without end',
  },
  {
    guard: 'only 354 opens DATA',
    file: 'judge-envelope.ts',
    text: 'if (nonsense !== null)',
    without: 'if (nonsense?.code === 0)',
    noticed: 'answers DATA 250',
  },
  {
    guard: 'a missing reply pins no refusal on anybody',
    file: 'judge-envelope.ts',
    text: 'if (ended !== null && shifted(heard, ended, facts))',
    without: "if (ended?.why === 'early' && shifted(heard, ended, facts))",
    noticed: 'for one reply never makes a refusal out of the next one',
    by: 'test/smtp/silence.test.ts',
  },
  {
    guard: '421 on a reused connection costs nothing',
    file: 'judge-envelope.ts',
    text: 'if (mail.code === 421 && facts.reused)',
    without: 'if (mail.code === 0 && facts.reused)',
    noticed: 'answers MAIL 421 and closes',
  },
  {
    guard: '452 and 552 to RCPT come again',
    file: 'judge-envelope.ts',
    text: "accepted > 0 ? { kind: 'again', otherwise } : otherwise",
    without: "accepted > 100 ? { kind: 'again', otherwise } : otherwise",
    noticed: 'says 452 after one recipient',
  },
  {
    guard: 'the count of replies is proved where words cannot prove it',
    file: 'confirm-flight.ts',
    text: 'if (last === null || ended !== null || last.code === 421)',
    without: 'if (last === null || ended !== null || last.code > 0)',
    noticed: 'one reply too many to a message in one flight',
    by: 'test/smtp/surplus-reply.test.ts',
  },
  {
    guard: 'one round trip passes before the last chunk',
    file: 'send-content.ts',
    text: 'forms.size === 0 ? Promise.resolve(lackOfTime(rules)) : heldBack(wire, rules)',
    without: 'Promise.resolve(lackOfTime(rules))',
    noticed: 'in chunks is not completed after a reply too many',
    by: 'test/smtp/protocol.test.ts',
  },
  {
    guard: 'an acknowledged chunk is no verdict',
    file: 'send-content.ts',
    text: '!forms.has(formOf(answer))',
    without: 'forms.size >= 0',
    noticed: 'in chunks is in doubt if the verdict reads like that on a chunk',
    by: 'test/smtp/protocol.test.ts',
  },
  {
    guard: 'a connection lost in the body leaves no doubt',
    file: 'send-content.ts',
    text: 'if (ended !== null) return { answer: ended, complete: false };',
    without: 'if (ended !== null) return { answer: ended, complete: true };',
    noticed: 'resets in the body',
  },
  {
    guard: 'a lone dot ends what 354 opened for nobody',
    file: 'transaction.ts',
    text: 'last?.code === 354 && refused',
    without: 'last?.code === 0 && refused',
    noticed: 'refuses all recipients and opens DATA',
  },
  {
    guard: '421 is the last word on a connection',
    file: 'transaction.ts',
    text: "answer.kind === 'ended' || shutsSession(answer) || !complete",
    without: "answer.kind === 'ended' || !complete",
    noticed: 'answers the content 421',
  },
  {
    guard: 'TLS that is required is never done without',
    file: 'open-session.ts',
    text: "if (target.tls === 'opportunistic' && (!offered.startTls || withoutTls !== null))",
    without: 'if (!offered.startTls || withoutTls !== null)',
    noticed: 'offers no STARTTLS, and TLS is required',
  },
  {
    guard: 'an untrusted certificate is none where one is required',
    file: 'open-session.ts',
    text: 'if (verified !== true && (',
    without: 'if (verified === null && (',
    noticed: 'has the certificate of another host',
  },
  {
    guard: 'a server with our own name is a loop',
    file: 'open-session.ts',
    text: "if (name !== hostname.toLowerCase() || name === 'localhost') return done(null);",
    without: "if (name !== '') return done(null);",
    noticed: 'greets with our own name',
  },
  {
    guard: 'passwords are shown under TLS alone',
    file: 'auth.ts',
    text: 'secure || !plainText',
    without: 'secure || plainText || !plainText',
    noticed: 'offers logins that show the password',
  },
  {
    guard: 'leading dots are doubled',
    file: 'dot-stuffer.ts',
    text: 'if (starts && octet === dot)',
    without: 'if (starts && octet === 0)',
    noticed: 'takes lines of dots',
  },
  {
    guard: 'what is above the declared size is not attempted',
    file: 'envelope-rules.ts',
    text: 'content.sizeBytes <= maximum',
    without: 'content.sizeBytes <= maximum * 2',
    noticed: 'declares a SIZE that is too small',
  },
  {
    guard: 'international addresses need SMTPUTF8',
    file: 'envelope-rules.ts',
    text: 'if (offered.smtpUtf8 || ',
    without: 'if (!offered.smtpUtf8 || ',
    noticed: 'offers no SMTPUTF8 to an international local part',
  },
  {
    guard: '8-bit content needs 8BITMIME',
    file: 'envelope-rules.ts',
    text: "facts.eightBit && !offered.eightBitMime ? '7bit' : '8bit'",
    without: "facts.eightBit && offered.eightBitMime ? '7bit' : '8bit'",
    noticed: 'offers no 8BITMIME to content that has need of it',
  },
];

let copy = '';

beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'postern-guards-'));
  for (const part of ['functions', 'test', 'build', 'package.json', 'vitest.config.ts']) {
    cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test.each(guards)(
  'it is noticed where it no longer holds that $guard',
  async ({ file, text, without, noticed, by }) => {
    const place = path.join(copy, 'functions/smtp', file);
    const source = readFileSync(place, 'utf8');
    expect(source, `${file} has no "${text}" any more`).toContain(text);
    expect(await failures(by ?? matrix, noticed)).toBe(0);
    writeFileSync(place, source.replaceAll(text, without));
    try {
      expect(await failures(by ?? matrix, noticed)).toBeGreaterThan(0);
    } finally {
      writeFileSync(place, source);
    }
  },
);

/** How many tests of that name fail in the copy; throws when there are none of it. */
async function failures(file: string, name: string): Promise<number> {
  const pattern = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const written = path.join(copy, 'report.json');
  rmSync(written, { force: true });
  const args = [vitest, 'run', file, '-t', pattern, '--testTimeout=8000'];
  await new Promise<void>((resolve) => {
    const toFile = ['--reporter=json', `--outputFile=${written}`];
    execFile(process.execPath, [...args, ...toFile], { cwd: copy, maxBuffer: 64 * 1024 * 1024 }, () => resolve());
  });
  const report = JSON.parse(readFileSync(written, 'utf8')) as { numPassedTests: number; numFailedTests: number };
  if (report.numPassedTests + report.numFailedTests === 0) throw new Error(`No test is named "${name}".`);
  return report.numFailedTests;
}
