// Round trips a message on a warm connection, over a link with 25 ms each way.
import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport } from 'nodemailer';

import { systemClock } from '../functions/adapters/clock-system.ts';
import { createSmtpClient } from '../functions/smtp/client.ts';
import { plainPolicy } from '../functions/core/tls-policy.ts';
import type { AttemptOrder } from '../functions/core/ports/transport.ts';
import { startMailSink } from '../test/support/mail-sink.ts';
import { mailboxOf } from '../test/contract/samples.ts';
import { startDelayProxy } from './delay-proxy.ts';
import { row } from './measure.ts';

const oneWayMs = 25;
const warmUp = 3;
const measured = 20;
const content = Buffer.from(
  `From: alice@sender.example\r\nSubject: Measured\r\n\r\n${'All work and no play.\r\n'.repeat(150)}`,
);

console.log(row('receiver', 'sender', 'ms/mail', 'trips'));
for (const chunking of [true, false]) {
  const sink = await startMailSink({ chunking });
  const proxy = await startDelayProxy(sink.port, oneWayMs);
  const name = chunking ? 'CHUNKING' : 'no CHUNKING';
  report(name, 'postern', await timeOf(postern(proxy.port)));
  report(name, 'nodemailer', await timeOf(nodemailer(proxy.port)));
  proxy.close();
  await sink.close();
}
process.exit(0);

function report(receiver: string, sender: string, ms: number): void {
  console.log(row(receiver, sender, ms.toFixed(1), (ms / (2 * oneWayMs)).toFixed(2)));
}

async function timeOf(send: () => Promise<void>): Promise<number> {
  for (let sent = 0; sent < warmUp; sent++) await send();
  await sleep(100);
  const start = performance.now();
  for (let sent = 0; sent < measured; sent++) await send();
  return (performance.now() - start) / measured;
}

function postern(port: number): () => Promise<void> {
  const seconds = 1_000;
  const client = createSmtpClient(
    {
      hostname: 'bench.test',
      timeouts: {
        connectMs: 5 * seconds,
        greetingMs: 5 * seconds,
        commandMs: 5 * seconds,
        dataMs: 5 * seconds,
        blockMs: 5 * seconds,
        dotMs: 5 * seconds,
      },
      minimumRateBytesPerSecond: 1_024,
      maxConnectionsPerHost: 1,
      maxMessagesPerConnection: 1_000,
      trustedCas: [],
    },
    {
      clock: systemClock,
      log: { info: () => undefined, warn: () => undefined, error: console.error },
      tlsResults: { note: () => undefined },
    },
  );
  const facts = { sizeBytes: content.length, eightBit: false, utf8Headers: false };
  const target = {
    host: 'sink.test',
    ip: '127.0.0.1',
    port,
    tls: 'none',
    policy: plainPolicy('one.example', 'none'),
    credentials: null,
  } as const;
  return async () => {
    const order: AttemptOrder = {
      deliveryId: 'em_bench.0' as AttemptOrder['deliveryId'],
      domain: 'one.example',
      sender: mailboxOf('alice@sender.example'),
      recipients: [mailboxOf('bob@one.example')],
      message: { facts, encode: async () => ({ sizeBytes: content.length, chunks: () => [content] }) },
      tls: 'opportunistic',
      deadline: Date.now() + 60 * seconds,
      signal: new AbortController().signal,
    };
    const { recipients } = await client.send(target, order, 'relayed');
    if (recipients[0]?.outcome.kind !== 'relayed') throw new Error(JSON.stringify(recipients));
  };
}

function nodemailer(port: number): () => Promise<void> {
  const transport = createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    maxConnections: 1,
    maxMessages: 1_000,
  });
  return async () => {
    await transport.sendMail({ envelope: { from: 'alice@sender.example', to: 'bob@one.example' }, raw: content });
  };
}
