// Round trips a message over a link with 25 ms each way: on a warm connection, and on a fresh one with STARTTLS and TLS 1.3.
import { startScriptedServer } from '../test/support/scripted-smtp-server.ts';
import { startDelayProxy } from './delay-proxy.ts';
import { senders, type Link } from './latency-senders.ts';
import { row } from './measure.ts';

const oneWayMs = 25;
const warmUp = 3;
const measured = 20;

const cases: readonly { readonly name: string; readonly link: Omit<Link, 'port'>; readonly extensions: string[] }[] = [
  { name: 'warm, CHUNKING', link: { connection: 'warm', tls: false }, extensions: ['PIPELINING', 'CHUNKING'] },
  { name: 'warm, no CHUNKING', link: { connection: 'warm', tls: false }, extensions: ['PIPELINING'] },
  {
    name: 'fresh, STARTTLS',
    link: { connection: 'fresh', tls: true },
    extensions: ['PIPELINING', 'CHUNKING', 'STARTTLS'],
  },
];

console.log(row('connection', 'sender', 'ms/mail', 'trips'));
for (const { name, link, extensions } of cases) {
  const server = await startScriptedServer(() => ({ extensions }));
  const proxy = await startDelayProxy(server.port, oneWayMs, 3 * oneWayMs);
  for (const [sender, start] of Object.entries(senders)) {
    const running = await start({ ...link, port: proxy.port });
    const times: number[] = [];
    for (let sent = 0; sent < warmUp + measured; sent++) {
      const ms = await running.send();
      if (sent >= warmUp) times.push(ms);
    }
    await running.stop();
    const median = times.toSorted((one, other) => one - other)[Math.floor(measured / 2)] ?? Number.NaN;
    console.log(row(name, sender, median.toFixed(1), (median / (2 * oneWayMs)).toFixed(2)));
  }
  proxy.close();
  await server.close();
}
process.exit(0);
