// What a thousand tarpit sessions do to mail for everybody else: the same load of healthy mail without them and among them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startDnsServer } from '../test/support/dns-server.ts';
import { startMailSink } from '../test/support/mail-sink.ts';
import { row, spawnServer } from './measure.ts';
import { startTarpits } from './tarpit-servers.ts';

const sessions = Number(process.argv[2] ?? 1_000);
const dripMs = 3_000;
const healthyDomains = 10;
const mailsPerSecond = 40;
const mails = 1_000;
const rounds = 3;
const key = 'a-key-for-measurements-of-some-length-01';

const arrivals = new Map<string, (at: number) => void>();
const sink = await startMailSink({
  onMessage: ({ to: [recipient = ''] }) => {
    arrivals.get(recipient)?.(performance.now());
    return '250 2.0.0 kept';
  },
});
const tarpits = await startTarpits(sessions, sink.port, dripMs);
const dns = await startDnsServer({
  ...Object.fromEntries(Array.from({ length: healthyDomains }, (_, index) => [`h${index}.test`, { a: ['127.0.0.1'] }])),
  ...Object.fromEntries(tarpits.addresses.map((address, index) => [`t${index}.test`, { a: [address] }])),
});
const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
const postern = await spawnServer('functions/local.ts', {
  POSTERN_PORT: '0',
  POSTERN_DATA_DIR: dataDir,
  POSTERN_API_KEY: key,
  POSTERN_ROUTE: 'mx',
  POSTERN_MX_PORT: String(sink.port),
  POSTERN_DNS: dns.url,
  POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
});

const table: string[] = [];
let sent = 0;
await healthyLoad(200);
const control = await measured('without');
const began = performance.now();
await Promise.all(tarpits.addresses.map((_, index) => post(`ada@t${index}.test`)));
// Behind all of them on the queue.
const behind = await healthyMail();
table.push(row('first behind them', 'ms', behind.toFixed(0)));
for (let waited = 0; tarpits.open() < sessions && waited < 300; waited++) await sleep(200);
table.push(row('all tarpits taken', 's', ((performance.now() - began) / 1_000).toFixed(1)));
const among = await measured(`among ${tarpits.open()}`);
table.push(row('ratio of p99', 'aim 1.5', (among / control).toFixed(2)));
table.push(row('peak resident memory', 'MB, aim 512', postern.peakMemoryMb().toFixed(0)));
for (const line of table) console.log(line);
tarpits.close();
await postern.stop();
await dns.close();
await sink.close();
rmSync(dataDir, { recursive: true });
process.exit(0);

/** The median over the rounds of the 99th percentile, in ms from the request to the receiver. */
async function measured(name: string): Promise<number> {
  const p99s: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const times = await healthyLoad(mails);
    p99s.push(percentile(times, 0.99));
    table.push(row(name, 'p50, p99 in ms', percentile(times, 0.5).toFixed(1), percentile(times, 0.99).toFixed(1)));
  }
  return percentile(p99s, 0.5);
}

async function healthyLoad(count: number): Promise<number[]> {
  const running: Promise<number>[] = [];
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    await sleep(Math.max(0, start + (index * 1_000) / mailsPerSecond - performance.now()));
    running.push(healthyMail());
  }
  return await Promise.all(running);
}

async function healthyMail(): Promise<number> {
  const recipient = `m${sent}@h${sent++ % healthyDomains}.test`;
  const arrived = new Promise<number>((resolve) => arrivals.set(recipient, resolve));
  const start = performance.now();
  await post(recipient);
  const took = (await arrived) - start;
  arrivals.delete(recipient);
  return took;
}

async function post(to: string): Promise<void> {
  const answer = await fetch(`${postern.url}/v1/emails`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      from: 'a@sender.example',
      to,
      subject: 'Measured',
      text: 'All work and no play.\n'.repeat(50),
    }),
  });
  if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
