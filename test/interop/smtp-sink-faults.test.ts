import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import type { PosternProcess } from '../support/postern-process.ts';
import { freePort } from './listening.ts';
import { awkwardEmail, rawContent, sendAndWait, temporaryFolder, type EmailView, startBehindMx } from './scene.ts';
import { startSmtpSink, sunkBytes, type SmtpSink } from './smtp-sink.ts';

/** What the first attempt came to, where, and the code of the reply, or of the error when there was none. */
type Seen = readonly [outcome: string, phase: string, code: number | string | undefined];

/** A server that cuts or closes at any command, with pipelining and without it. */
const cutShort = ['', '-p '].flatMap((first): [string, Seen][] => [
  [`${first}-q EHLO`, ['deferred', 'ehlo', 'connection_closed']],
  [`${first}-q MAIL`, ['deferred', 'mail', 'connection_closed']],
  [`${first}-q RCPT`, ['deferred', 'rcpt', 'connection_closed']],
  [`${first}-q DATA`, ['deferred', 'data', 'connection_closed']],
  [`${first}-q .`, ['in_doubt', 'dot', 'connection_closed']],
  [`${first}-q QUIT`, ['delivered', 'dot', 250]],
  [`${first}-Q EHLO`, ['deferred', 'ehlo', 421]],
  [`${first}-Q MAIL`, ['deferred', 'mail', 421]],
  [`${first}-Q RCPT`, ['deferred', 'rcpt', 421]],
  [`${first}-Q DATA`, ['deferred', 'data', 421]],
  [`${first}-Q .`, ['deferred', 'dot', 421]],
  [`${first}-Q QUIT`, ['delivered', 'dot', 250]],
]);

// Rejecting switches imply that pipelining is not offered.
const cases: readonly [switches: string, Seen][] = [
  ['', ['delivered', 'dot', 250]],
  ['-p', ['delivered', 'dot', 250]],
  ['-8', ['delivered', 'dot', 250]],
  ['-e', ['delivered', 'dot', 250]],
  ['-P', ['delivered', 'dot', 250]],
  ['-E', ['delivered', 'dot', 250]],
  ['-N -a', ['delivered', 'dot', 250]],
  ['-w 1', ['delivered', 'dot', 250]],
  ['-H 1', ['delivered', 'dot', 250]],
  ['-W .:1', ['delivered', 'dot', 250]],
  ['-p -W RCPT:1', ['delivered', 'dot', 250]],
  // It answers DATA with 503 before the RCPT that it is still thinking about: neither reply may count for the recipient.
  ['-W RCPT:1', ['deferred', 'data', 250]],
  ['-f CONNECT', ['deferred', 'greeting', 500]],
  ['-f EHLO', ['delivered', 'dot', 250]],
  ['-f EHLO,HELO', ['deferred', 'ehlo', 500]],
  ['-f MAIL', ['bounced', 'mail', 500]],
  ['-f MAIL -E', ['bounced', 'mail', 500]],
  ['-f RCPT', ['bounced', 'rcpt', 500]],
  ['-f DATA', ['bounced', 'data', 500]],
  ['-f .', ['bounced', 'dot', 500]],
  ['-f QUIT,RSET', ['delivered', 'dot', 250]],
  ['-r CONNECT', ['deferred', 'greeting', 450]],
  ['-r EHLO', ['deferred', 'ehlo', 450]],
  ['-r MAIL', ['deferred', 'mail', 450]],
  ['-r RCPT', ['deferred', 'rcpt', 450]],
  ['-r DATA', ['deferred', 'data', 450]],
  ['-r .', ['deferred', 'dot', 450]],
  ['-r QUIT', ['delivered', 'dot', 250]],
  ['-q CONNECT', ['deferred', 'greeting', 'connection_closed']],
  ['-Q CONNECT', ['deferred', 'greeting', 421]],
  ...cutShort,
];
/** It rejects a second after its 354 and reads no further, whether or not the message is out by then. */
const impatient = '-A 1';
const sinks = new Map<string, { readonly host: string; readonly sink: SmtpSink }>();
/** The next MX of every domain whose name begins with `two`. */
let backup: SmtpSink;

const { folder, dispose } = temporaryFolder();
let dns: DnsServer;
let postern: PosternProcess;

beforeAll(async () => {
  const port = await freePort();
  await Promise.all(
    [...cases.map(([switches]) => switches), impatient].map(async (switches, index) => {
      const host = `127.0.5.${index + 1}`;
      sinks.set(switches, { host, sink: await startSmtpSink(host, port, switches.split(' ').filter(Boolean)) });
    }),
  );
  backup = await startSmtpSink('127.0.6.1', port);
  dns = await startDnsServer({ 'backup.test': { a: ['127.0.6.1'] } });
  for (const { host } of sinks.values()) {
    dns.set(`${host}.one.test`, { a: [host] });
    const exchanges = [`${host}.one.test`, 'backup.test'];
    dns.set(`${host}.two.test`, { mx: exchanges.map((exchange, preference) => ({ preference, exchange })) });
  }
  postern = await startBehindMx(folder, port, dns.url, { POSTERN_RETRY_SCHEDULE: '1h' });
});

afterAll(async () => {
  await postern.stop();
  await dns.close();
  await Promise.all([...sinks.values(), { sink: backup }].map(({ sink }) => sink.stop()));
  dispose();
});

function sunkBy(switches: string): readonly Buffer[] {
  return (sinks.get(switches)?.sink.dumped() ?? []).map(sunkBytes);
}

function addressAt(switches: string, domain: 'one' | 'two'): string {
  return `ada@${sinks.get(switches)?.host}.${domain}.test`;
}

function seen(view: EmailView): Seen {
  const [attempt] = view.recipients[0]?.attempts ?? [];
  return [attempt?.outcome ?? '', attempt?.phase ?? '', attempt?.reply?.code ?? attempt?.error?.code];
}

describe('smtp-sink', () => {
  it.concurrent.each(cases)(
    'with the switches "%s" comes to %j, and has the bytes if so',
    async (switches, expected) => {
      const view = await sendAndWait(postern, awkwardEmail(addressAt(switches, 'one')), 'attempted');
      expect(seen(view)).toEqual(expected);
      const bytes = await rawContent(postern, view.id);
      const complete = sunkBy(switches).filter((sunk) => sunk.subarray(sunk.length - bytes.length).equals(bytes));
      if (expected[0] === 'delivered') expect(complete).toHaveLength(1);
    },
  );

  it('that rejects while the message is on its way has not got it', async () => {
    const view = await sendAndWait(postern, awkwardEmail(addressAt(impatient, 'one')), 'attempted');
    expect(['deferred', 'bounced']).toContain(seen(view)[0]);
    expect(sunkBy(impatient)).toEqual([]);
  });

  it.each(['-q CONNECT', '-Q CONNECT', '-f CONNECT', '-q EHLO', '-Q EHLO', '-q MAIL', '-q RCPT', '-p -q DATA'])(
    'that fails with "%s" leaves the message to the next MX',
    async (switches) => {
      const to = addressAt(switches, 'two');
      const view = await sendAndWait(postern, awkwardEmail(to), 'attempted');
      expect(seen(view)).toEqual(['delivered', 'dot', 250]);
      expect(view.recipients[0]?.attempts[0]?.host).toBe('backup.test');
      expect(backup.dumped().filter((text) => text.includes(`<${to}>`))).toHaveLength(1);
    },
  );

  it.each(['-q .', '-p -q .', '-f RCPT', '-f .'])(
    'that fails with "%s" has decided, or may have, and no other MX is asked',
    async (switches) => {
      const to = addressAt(switches, 'two');
      const view = await sendAndWait(postern, awkwardEmail(to), 'attempted');
      expect(seen(view)).toEqual(cases.find(([name]) => name === switches)?.[1]);
      expect(backup.dumped().filter((text) => text.includes(`<${to}>`))).toEqual([]);
    },
  );

  it('gets 8-bit content as it is, and converted when it does not offer 8BITMIME', async () => {
    const header =
      'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n';
    const mime = `From: a@sender.test\r\nSubject: eight bits\r\n${header}\r\nGrüße, 世界\r\n`;
    for (const switches of ['', '-8']) {
      const envelope = { from: 'a@sender.test', to: [addressAt(switches, 'one')] };
      expect((await sendAndWait(postern, { mime, envelope }, 'ended', '/v1/emails/raw')).status).toBe('delivered');
      const sunk = sunkBy(switches).find((bytes) => bytes.includes('eight bits')) ?? Buffer.alloc(0);
      expect(sunk.includes('Grüße, 世界')).toBe(switches === '');
      expect(sunk.every((byte) => byte < 128)).toBe(switches === '-8');
      expect((await PostalMime.parse(sunk)).text?.trimEnd()).toBe('Grüße, 世界');
    }
  });
});
