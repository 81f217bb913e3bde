// Do workers in processes of their own keep the limits of one provider together? What the receiving side counts says so.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

import { startAwsRegion } from '../test/adapters/aws-region.ts';
import { startMailSink } from '../test/support/mail-sink.ts';

type Counts = { readonly delivered: number; readonly postponed: number; readonly other: number };

const workers = Number(process.argv[2] ?? 6);
const minutes = Number(process.argv[3] ?? 3);
const minuteMs = 60_000;
const limit = { connections: 8, rate: 600 };
const shaping = JSON.stringify({
  'receiver.example': { connections: limit.connections, rate: `${limit.rate}/m` },
});

const region = await startAwsRegion();
const { table } = await region.create();
const times: number[] = [];
const sink = await startMailSink({
  onMessage: () => {
    times.push(performance.now());
    return '250 2.0.0 kept';
  },
});
const worker = path.join(import.meta.dirname, 'shaping-worker.ts');
const children = Array.from({ length: workers }, () =>
  fork(worker, [region.proxy.endpoint, table, String(sink.port), shaping, '10']),
);
while (times.length === 0) await sleep(10);
await sleep(minutes * minuteMs - (performance.now() - (times[0] ?? 0)));
const counts = await Promise.all(children.map(stopped));
report(counts);
await sink.close();
await region.stop();

async function stopped(child: ChildProcess): Promise<Counts> {
  child.send('stop');
  const [answer] = (await once(child, 'message')) as [Counts];
  return answer;
}

function report(all: readonly Counts[]): void {
  const [first = 0] = times;
  const perMinute = Array.from(
    { length: minutes },
    (_, minute) => times.filter((at) => Math.floor((at - first) / minuteMs) === minute).length,
  );
  console.log(`${workers} workers, limits of ${limit.rate} a minute and ${limit.connections} connections`);
  console.log(`messages in each minute: ${perMinute.join(', ')}; in any 60 seconds: ${mostInAMinute()}`);
  console.log(`most connections open at a time: ${sink.mostOpen()}`);
  console.log(
    `by worker: ${all.map(({ delivered, postponed }) => `${delivered} (postponed ${postponed})`).join(', ')}`,
  );
  console.log(`other outcomes: ${all.reduce((sum, { other }) => sum + other, 0)}`);
}

/** The most messages in a stretch of a minute, wherever it begins. */
function mostInAMinute(): number {
  let first = 0;
  return times.reduce((most, at, index) => {
    while ((times[first] ?? at) <= at - minuteMs) first++;
    return Math.max(most, index - first + 1);
  }, 0);
}
