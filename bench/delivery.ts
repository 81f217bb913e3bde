// Messages a second to one sink: Postern with every outcome committed durably, beside nodemailer's pooled transport, which records nothing.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTransport } from 'nodemailer';

import { systemClock } from '../functions/adapters/clock-system.ts';
import { systemRandom } from '../functions/adapters/random-system.ts';
import { classify } from '../functions/bounce/classify.ts';
import { readConfig } from '../functions/config.ts';
import { consume } from '../functions/core/consume.ts';
import type { Log } from '../functions/core/ports/log.ts';
import { openEmbedded } from '../functions/wiring/embedded.ts';
import { wireOutbound } from '../functions/wiring/outbound.ts';
import { wireTransport } from '../functions/wiring/transport.ts';
import { admissionOf } from '../test/contract/samples.ts';
import { row, spawnServer, type SpawnedServer } from './measure.ts';

const connections = 10;
const messages = Number(process.env['BENCH_MESSAGES'] ?? 5_000);
const sizes = [4, 30];
const silent: Log = { info: () => undefined, warn: () => undefined, error: console.error };

console.log(row('message', 'sender', 'mails/s', 'ratio'));
for (const sizeKb of sizes) {
  const content = contentOf(sizeKb * 1_024);
  const sink = await spawnServer('bench/sink-server.ts', {});
  const rates = { nodemailer: 0, postern: 0, signed: 0 };
  // They take turns, so that a busy moment of the machine does not favour one of them.
  for (let turn = 0; turn < 2; turn++) {
    rates.nodemailer += (await withNodemailer(sink, content)) / 2;
    rates.postern += (await withPostern(sink, content, {})) / 2;
    rates.signed += (await withPostern(sink, content, { POSTERN_DKIM_KEYS: signingKeys() })) / 2;
  }
  await sink.stop();
  const ratio = (rate: number): string => (rate / rates.nodemailer).toFixed(2);
  console.log(row(`${sizeKb} KB`, 'nodemailer, pooled', rates.nodemailer.toFixed(0), '1.00'));
  console.log(row(`${sizeKb} KB`, 'postern, durable', rates.postern.toFixed(0), ratio(rates.postern)));
  console.log(row(`${sizeKb} KB`, '… and two signatures', rates.signed.toFixed(0), ratio(rates.signed)));
}

async function withNodemailer(sink: SpawnedServer, content: Buffer): Promise<number> {
  const { port, hostname } = new URL(sink.url);
  const transport = createTransport({
    pool: true,
    host: hostname,
    port: Number(port),
    ignoreTLS: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
  });
  const envelope = { from: 'alice@sender.example', to: 'bob@one.example' };
  await transport.sendMail({ envelope, raw: content });
  const start = performance.now();
  await Promise.all(Array.from({ length: messages }, () => transport.sendMail({ envelope, raw: content })));
  const seconds = (performance.now() - start) / 1_000;
  transport.close();
  return messages / seconds;
}

async function withPostern(sink: SpawnedServer, content: Buffer, settings: Record<string, string>): Promise<number> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
  const { port, hostname } = new URL(sink.url);
  const config = readConfig({
    POSTERN_DATA_DIR: dataDir,
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://${hostname}:${port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_CONNECTIONS_PER_HOST: String(connections),
    POSTERN_MESSAGES_PER_CONNECTION: '1000000',
    ...settings,
  });
  const ambient = { clock: systemClock, random: systemRandom, log: silent };
  const opened = openEmbedded({ dataDir, masterKey: null }, ambient);
  if (opened.kind === 'refused') throw new Error(opened.why);
  const { parts } = opened;
  const admitted = Array.from({ length: messages }, () =>
    admissionOf(['one.example'], { content, email: { expiresAt: Date.now() + 86_400_000 } }),
  );
  await Promise.all(admitted.map((admission) => parts.admissions.admit([admission], null, Date.now())));
  const wired = wireTransport(config, ambient);
  const stopping = new AbortController();
  let committed = 0;
  const ledger: typeof parts.ledger = {
    ...parts.ledger,
    commit: async (next) => {
      const answer = await parts.ledger.commit(next);
      if (next.state !== 'ended') throw new Error(`A delivery ended as ${next.state}.`);
      if (++committed === messages) stopping.abort();
      return answer;
    },
  };
  const start = performance.now();
  await consume(
    {
      ...ambient,
      ...parts,
      ...wired,
      ledger,
      classify,
      prepareOutbound: wireOutbound(config),
      retryScheduleMs: config.retryScheduleMs,
      attemptMs: config.smtpTimeouts.sessionMs,
    },
    config.workerConcurrency,
    stopping.signal,
  );
  const seconds = (performance.now() - start) / 1_000;
  await wired.close();
  parts.close();
  rmSync(dataDir, { recursive: true });
  return messages / seconds;
}

function contentOf(bytes: number): Buffer {
  const header =
    'From: alice@sender.example\r\nTo: bob@one.example\r\nSubject: Measured\r\nMessage-ID: <x@sender.example>\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\n\r\n';
  const line = 'All work and no play makes Jack a dull boy, and mail a dull thing to measure.\r\n';
  return Buffer.from(header + line.repeat(Math.ceil((bytes - header.length) / line.length)));
}

function signingKeys(): string {
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const ed25519 = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const domain = 'sender.example';
  return JSON.stringify([
    { domain, selector: 'rsa', key: rsa.privateKey },
    { domain, selector: 'ed', key: ed25519.privateKey },
  ]);
}
