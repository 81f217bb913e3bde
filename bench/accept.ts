// How many durable 202s a second, beside a server that validates and composes the same mail but stores nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import autocannon from 'autocannon';

import { row, spawnServer, type SpawnedServer } from './measure.ts';

const connections = 32;
const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
const bodies = [1_024, 30 * 1_024];
const key = 'a-key-for-measurements-of-some-length-01';

// Accepting alone is measured: the one worker waits for the greeting of a smarthost that never speaks.
const mute = createServer().listen(0, '127.0.0.1');
await new Promise((resolve) => mute.once('listening', resolve));
const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
const control = await spawnServer('bench/control-server.ts', {});
const postern = await spawnServer('functions/local.ts', {
  POSTERN_PORT: '0',
  POSTERN_DATA_DIR: dataDir,
  POSTERN_API_KEY: key,
  POSTERN_ROUTE: 'smarthost',
  POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${(mute.address() as AddressInfo).port}?tls=none`,
  POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
  POSTERN_WORKER_CONCURRENCY: '1',
});

console.log(row('body', 'server', '202/s', 'p50 ms', 'p99 ms', 'errors', 'ratio'));
for (const bytes of bodies) {
  // The two take turns, twice, so that a busy moment of the machine does not favour one of them.
  const rates = { control: 0, postern: 0 };
  for (const turn of [1, 2]) {
    rates.control += await load('control', control, bytes, turn);
    rates.postern += await load('postern', postern, bytes, turn);
  }
  console.log(
    row(`${bytes / 1_024} KB`, 'postern / control', '', '', '', '', (rates.postern / rates.control).toFixed(2)),
  );
}
mute.close();
await control.stop();
await postern.stop();
rmSync(dataDir, { recursive: true });

async function load(name: string, server: SpawnedServer, bytes: number, turn: number): Promise<number> {
  const text = 'All work and no play. '.repeat(bytes / 22);
  const mail = { from: 'a@sender.example', to: 'b@receiver.example', subject: 'Measured', text };
  const result = await autocannon({
    url: `${server.url}/v1/emails`,
    method: 'POST',
    connections,
    duration: seconds,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(mail),
  });
  const rate = result['2xx'] / result.duration;
  const refused = result.non2xx + result.errors;
  console.log(
    row(
      `${bytes / 1_024} KB`,
      `${name} (${turn})`,
      rate.toFixed(0),
      result.latency.p50,
      result.latency.p99,
      refused,
      '',
    ),
  );
  return rate;
}
