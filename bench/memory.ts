// The peak memory of one process that accepts 100 emails of 10 MB and has all of them in flight to a slow receiver.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { row, spawnServer } from './measure.ts';

const emails = 100;
const attachmentBytes = 10_000_000;
const key = 'a-key-for-measurements-of-some-length-01';

// Takes the envelope and the first kilobytes of every message, then reads no further until `release`.
let inFlight = 0;
let release: () => void = () => undefined;
const released = new Promise<void>((resolve) => {
  release = resolve;
});
const receiver = createServer({ noDelay: true, highWaterMark: 4_096 }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.write('220 slow.test ESMTP\r\n');
  let body = false;
  socket.on('data', (chunk: Buffer) => {
    if (body) return void (chunk.includes('\r\n.\r\n') && socket.write('250 2.0.0 ok\r\n'));
    for (const line of chunk.toString('latin1').split('\r\n')) {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') socket.write('250-slow.test\r\n250 SIZE 0\r\n');
      if (verb === 'MAIL' || verb === 'RCPT' || verb === 'RSET') socket.write('250 ok\r\n');
      if (verb === 'QUIT') socket.end('221 bye\r\n');
      if (verb !== 'DATA') continue;
      body = true;
      inFlight++;
      socket.write('354 go\r\n');
      socket.pause();
      void released.then(() => socket.resume());
    }
  });
}).listen(0, '127.0.0.1');
await new Promise((resolve) => receiver.once('listening', resolve));

const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
const postern = await spawnServer('functions/local.ts', {
  POSTERN_PORT: '0',
  POSTERN_DATA_DIR: dataDir,
  POSTERN_API_KEY: key,
  POSTERN_ROUTE: 'smarthost',
  POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${(receiver.address() as AddressInfo).port}?tls=none`,
  POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
  POSTERN_CONNECTIONS_PER_HOST: String(emails),
});
const idleMb = postern.peakMemoryMb();
const content = Buffer.alloc(attachmentBytes, 'postern ').toString('base64');
const body = JSON.stringify({
  from: 'a@sender.example',
  to: 'b@receiver.example',
  subject: 'Large',
  text: 'See the attachment.',
  attachments: [{ filename: 'large.bin', content, content_type: 'application/octet-stream' }],
});
let left = emails;
const poster = async (): Promise<void> => {
  while (left-- > 0) {
    const answer = await fetch(`${postern.url}/v1/emails`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body,
    });
    if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`);
  }
};
await Promise.all(Array.from({ length: 8 }, poster));
const acceptedMb = postern.peakMemoryMb();
for (let waited = 0; inFlight < emails && waited < 120; waited++) await sleep(500);
await sleep(2_000);

console.log(row('', 'idle', 'MB', idleMb.toFixed(0)));
console.log(row('', 'all accepted', 'peak MB', acceptedMb.toFixed(0)));
console.log(row('', `${inFlight} × 10 MB in flight`, 'peak MB', postern.peakMemoryMb().toFixed(0)));
release();
receiver.close();
await postern.stop();
rmSync(dataDir, { recursive: true });
process.exit(0);
