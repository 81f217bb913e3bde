import { describe, expect, test } from 'vitest';

import type { Evidence } from '../../functions/core/outcome.ts';
import type { Target } from '../../functions/core/ports/router.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import type { Moment, Script, Verb } from '../support/scripted-smtp-server.ts';
import { scene, sent, type Scene } from '../support/smtp-scene.ts';
import { summary } from '../support/smtp-order.ts';

const MiB = 1024 * 1024;
// What the kernels of both sides may hold on loopback; what a client reads comes on top.
const buffersOfTheNetwork = 14 * MiB;
const steps = ['greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'dot'] as const;
const login = { user: 'user', secret: 'secret', mechanism: null };
const codes: Readonly<Record<(typeof steps)[number], number>> = {
  greeting: 554,
  ehlo: 421,
  starttls: 454,
  auth: 535,
  mail: 550,
  rcpt: 550,
  data: 554,
  dot: 554,
};

/** A server that needs STARTTLS and a login before mail, with the fault at one step. */
function faultAt(step: (typeof steps)[number], verb: Verb): Promise<Scene> {
  const honest = ({ secure }: Moment): Script => ({ extensions: ['PIPELINING', secure ? 'AUTH PLAIN' : 'STARTTLS'] });
  const fault = { [step]: verb };
  return scene((moment) => ({ ...honest(moment), ...fault }), {}, { tls: 'required', credentials: login });
}

function storedTexts({ reply, error }: Evidence): string[] {
  return [reply?.text, reply?.enhancedCode, error?.code, error?.detail].filter((text) => typeof text === 'string');
}

async function evidenceOf(made: Scene): Promise<Evidence> {
  const [recipient] = (await sent(made, { withinMs: 60_000 })).recipients;
  if (recipient === undefined) throw new Error('There is no recipient.');
  return recipient.outcome.evidence;
}

/** One printable line of at most 1 KiB each, and nothing else that a peer could make long. */
function expectSmall(evidence: Evidence): void {
  for (const text of storedTexts(evidence)) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
  expect(JSON.stringify(evidence).length).toBeLessThan(4096);
}

describe.each(steps)('at %s', (step) => {
  test.each([
    ['a line without an end (S12)', 'x'.repeat(64 * 1024)],
    ['a reply without an end (S11, F07)', `${codes[step]}-more\r\n`.repeat(4096)],
    ['replies without an end (S13)', `${codes[step]} no\r\n`.repeat(4096)],
  ])('%s is not read to its end, and little of it is kept', async (_, octets) => {
    let taken = Infinity;
    const made = await faultAt(step, async (peer) => {
      taken = await peer.flood(octets, 50 * MiB);
    });
    const result = await sent(made, { withinMs: 60_000 });
    expect(summary(result)[0]).not.toMatch(/delivered/);
    for (const { outcome } of result.recipients) expectSmall(outcome.evidence);
    await made.client.close();
    await expect.poll(() => taken).toBeLessThan(buffersOfTheNetwork);
  });

  test('a reply of 60,000 octets of anything is kept as one printable line of 1 KiB', async () => {
    const anything = `\u001b[2J\u0000\t\u0085\u00e2\u0080\u00a8\u00e2\u0080\u00ae 250 ok `.repeat(50);
    const line = `${codes[step]}-5.7.1 ${anything}\r\n`;
    const made = await faultAt(step, (peer) => {
      peer.lastReply = String(codes[step]);
      peer.raw(`${line.repeat(Math.floor(60_000 / line.length))}${codes[step]} ${'x'.repeat(2000)}\r\n`);
    });
    const evidence = await evidenceOf(made);
    expect(evidence.reply?.code).toBe(codes[step]);
    expectSmall(evidence);
  });
});

describe('a certificate of a thousand names', () => {
  const names = Array.from({ length: 1000 }, (_, n) => `${n}.${'x'.repeat(50)}.test`);
  const one = makeCertificate({ subject: `\u0007${'x'.repeat(500)}`, names });

  test.each([
    ['alone', 1],
    ['at the head of a chain of half a megabyte', 8],
  ])('%s leaves one sentence on record (T11)', async (_, length) => {
    const cert = one.pem + makeCertificate({ subject: 'y', names }).pem.repeat(length - 1);
    const script: Script = { extensions: ['STARTTLS'], tlsOptions: { cert, key: one.keyPem } };
    const under = async (tls: Target['tls']): Promise<Evidence> => evidenceOf(await scene(() => script, {}, { tls }));
    const required = await under('required');
    expect(required).toMatchObject({ phase: 'starttls', tls: null });
    expectSmall(required);
    expectSmall(await under('opportunistic'));
  });
});
