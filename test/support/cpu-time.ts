import process from 'node:process';

const tries = 3;

/** Milliseconds of this process that `work` takes: the least of three tries, for other work of the machine may fall into one. */
export async function leastCpuMs(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < tries; turn++) {
    const start = process.cpuUsage();
    await work();
    least = Math.min(least, process.cpuUsage(start).user / 1_000);
  }
  return least;
}
