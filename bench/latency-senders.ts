import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport } from 'nodemailer';

import { systemClock } from '../functions/adapters/clock-system.ts';
import { createSmtpClient } from '../functions/smtp/client.ts';
import { plainPolicy } from '../functions/core/tls/tls-policy.ts';
import type { AttemptOrder } from '../functions/core/ports/transport.ts';
import { mailboxOf } from '../test/contract/samples.ts';
import { startPostfix } from '../test/interop/postfix.ts';
import { testAuthority } from '../test/support/test-certificates.ts';

/** `warm`: one connection for all messages. `fresh`: a connection for each, with STARTTLS where `tls` is so. */
export type Link = { readonly port: number; readonly connection: 'warm' | 'fresh'; readonly tls: boolean };

export type LatencySender = {
  /** Sends one message and answers with the milliseconds from its beginning to the server's final reply. */
  send(): Promise<number>;
  stop(): Promise<void>;
};

const seconds = 1_000;
const host = 'mx.example.test';
const [from, to] = ['alice@sender.example', 'bob@one.example'];
const content = Buffer.from(`From: ${from}\r\nSubject: Measured\r\n\r\n${'All work and no play.\r\n'.repeat(150)}`);
const perConnection = (link: Link): number => (link.connection === 'warm' ? 1_000 : 1);

/** Everybody who is measured; Postfix's own client only where Postfix is installed. */
export const senders: Readonly<Record<string, (link: Link) => Promise<LatencySender>>> = {
  postern,
  nodemailer,
  ...(existsSync('/usr/sbin/postfix') ? { postfix } : {}),
};

async function postern(link: Link): Promise<LatencySender> {
  const timeouts = { connectMs: 5 * seconds, greetingMs: 5 * seconds, commandMs: 5 * seconds, dataMs: 5 * seconds };
  const client = createSmtpClient(
    {
      hostname: 'bench.test',
      timeouts: { ...timeouts, blockMs: 5 * seconds, dotMs: 5 * seconds },
      minimumRateBytesPerSecond: 1_024,
      maxConnectionsPerHost: 1,
      maxMessagesPerConnection: perConnection(link),
      trustedCas: [testAuthority],
    },
    {
      clock: systemClock,
      log: { info: () => undefined, warn: () => undefined, error: console.error },
      tlsResults: { note: () => undefined },
    },
  );
  const facts = { sizeBytes: content.length, eightBit: false, utf8Headers: false };
  const tls = link.tls ? 'required' : 'none';
  const policy = plainPolicy('one.example', tls);
  const target = { host, ip: '127.0.0.1', port: link.port, tls, policy, credentials: null } as const;
  const send = async (): Promise<void> => {
    const order: AttemptOrder = {
      deliveryId: 'em_bench.0' as AttemptOrder['deliveryId'],
      attempt: 1,
      domain: 'one.example',
      sender: mailboxOf(from),
      recipients: [mailboxOf(to)],
      message: { facts, encode: async () => ({ sizeBytes: content.length, chunks: () => [content] }) },
      tls: 'opportunistic',
      deadline: Date.now() + 60 * seconds,
      signal: new AbortController().signal,
    };
    const { recipients } = await client.send(target, order, 'relayed');
    if (recipients[0]?.outcome.kind !== 'relayed') throw new Error(JSON.stringify(recipients));
  };
  return { send: () => timed(send), stop: () => client.close() };
}

async function nodemailer(link: Link): Promise<LatencySender> {
  const connection = {
    host: '127.0.0.1',
    port: link.port,
    ...(link.tls ? { requireTLS: true, tls: { ca: testAuthority, servername: host } } : { ignoreTLS: true }),
  };
  const transport =
    link.connection === 'warm'
      ? createTransport({ ...connection, pool: true, maxConnections: 1, maxMessages: 1_000 })
      : createTransport(connection);
  const send = async (): Promise<void> => void (await transport.sendMail({ envelope: { from, to }, raw: content }));
  return { send: () => timed(send), stop: async () => transport.close() };
}

/** Its own measure: what it logs as setting up the connection and as transmission, without its queue. */
async function postfix(link: Link): Promise<LatencySender> {
  const cached = link.connection === 'warm' ? '127.0.0.1' : '';
  const running = await startPostfix(link.port, {
    delay_logging_resolution_limit: '6',
    smtp_tls_security_level: link.tls ? 'encrypt' : 'none',
    smtp_connection_cache_on_demand: 'no',
    smtp_connection_cache_destinations: cached,
  });
  const submission = createTransport({ host: '127.0.0.1', port: running.port, ignoreTLS: true });
  let read = 0;
  const send = async (): Promise<number> => {
    await submission.sendMail({ envelope: { from, to }, raw: content });
    for (let tries = 0; tries < 500; tries++) {
      const sent = [...running.log().matchAll(/delays=[\d.]+\/[\d.]+\/([\d.]+)\/([\d.]+), .*status=sent/g)];
      const latest = sent[read];
      if (latest !== undefined) {
        read++;
        return (Number(latest[1]) + Number(latest[2])) * 1_000;
      }
      await sleep(20);
    }
    throw new Error(`Postfix sent nothing:\n${running.log()}`);
  };
  return { send, stop: () => running.stop() };
}

async function timed(send: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await send();
  return performance.now() - start;
}
