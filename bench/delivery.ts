// Messages a second to one sink: Postern with every outcome committed durably, beside nodemailer's pooled transport, which
// records nothing. Both take turns, in many short rounds: what counts is the median of the ratios within a round, and the
// processor time a message, which a busy machine hardly changes.
import { startSender, type Run, type Taken } from './delivery-runs.ts';
import { row, spawnServer, type SpawnedServer } from './measure.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9);
const messages = Number(process.env['BENCH_MESSAGES'] ?? 3_000);
const sizesKb = [4, 30];

const nodemailer = startSender('delivery-nodemailer.ts');
const postern = startSender('delivery-postern.ts');
const sides = [
  { name: 'nodemailer, pooled', sender: nodemailer, signed: false },
  { name: 'postern, durable', sender: postern, signed: false },
  { name: '… and two signatures', sender: postern, signed: true },
] as const;

console.log(row('message', 'sender', 'mails/s', 'ratio', '(least', 'most)', 'cpu µs', 'ratio', 'sink µs'));
for (const sizeKb of sizesKb) {
  const sink = await spawnServer('bench/sink-server.ts', {});
  const run = { port: Number(new URL(sink.url).port), connections: 10, messages, sizeBytes: sizeKb * 1_024 };
  const taken = sides.map((): Measured[] => []);
  for (let round = -1; round < rounds; round++) {
    // Who goes first changes from round to round. The first round only warms up.
    const order = round % 2 === 0 ? sides : sides.toReversed();
    for (const side of order) {
      const measured = await measure(side.sender, { ...run, signed: side.signed }, sink);
      if (round >= 0) taken[sides.indexOf(side)]?.push(measured);
    }
  }
  await sink.stop();
  for (const [index, side] of sides.entries()) report(`${sizeKb} KB`, side.name, taken[index] ?? [], taken[0] ?? []);
}
nodemailer.stop();
postern.stop();

type Measured = Taken & { readonly sinkMicros: number };

async function measure(sender: typeof nodemailer, run: Run, sink: SpawnedServer): Promise<Measured> {
  const before = sink.cpuMicros();
  const taken = await sender.run(run);
  return { ...taken, sinkMicros: sink.cpuMicros() - before };
}

function report(size: string, name: string, side: readonly Measured[], control: readonly Measured[]): void {
  const ratios = side.map(({ seconds }, round) => (control[round]?.seconds ?? Number.NaN) / seconds);
  const cpu = side.map(({ cpuMicros }, round) => cpuMicros / (control[round]?.cpuMicros ?? Number.NaN));
  console.log(
    row(
      size,
      name,
      median(side.map(({ seconds }) => messages / seconds)).toFixed(0),
      median(ratios).toFixed(2),
      Math.min(...ratios).toFixed(2),
      Math.max(...ratios).toFixed(2),
      median(side.map(({ cpuMicros }) => cpuMicros / messages)).toFixed(0),
      median(cpu).toFixed(2),
      median(side.map(({ sinkMicros }) => sinkMicros / messages)).toFixed(0),
    ),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
