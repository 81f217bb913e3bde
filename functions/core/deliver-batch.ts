import { countCommits } from './count-commits.ts';
import { deliver, type DeliverPorts } from './deliver.ts';
import { limits } from './limits.ts';
import type { Metrics } from './ports/metrics.ts';
import type { Job } from './ports/queue.ts';

/** One of the jobs that a platform has taken off the queue for us; `id` is the platform's name for it. */
export type BatchEntry =
  | { readonly kind: 'job'; readonly id: string; readonly job: Job }
  | { readonly kind: 'malformed'; readonly id: string; readonly body: string; readonly why: string };

export type DeliverBatchPorts = DeliverPorts & {
  /** Keeps a body that cannot be worked on, with the reason; durable when it resolves. */
  readonly setAside: (body: string, why: string) => Promise<void>;
  /** Deliveries under way at a time. */
  readonly concurrency: number;
  readonly metrics: Metrics;
};

/** In the clock's milliseconds. */
export type BatchTimes = {
  /** Attempts end by then; what is left is for recording their outcomes. */
  readonly endsAt: number;
  /** The answer is given by then, whatever hangs. */
  readonly answerBy: number;
};

/**
 * A batch of jobs, side by side; those for one host share its pooled connections. Answers with the ids of the jobs that have
 * to come again: all that are not done with, for whatever reason, in time. A job is begun only if the time that is left is
 * worth an attempt. Never rejects.
 *
 * One line tells of all of it, `batch` with the counts of `mailCounts`: what hangs, and is recorded after the answer, is missing there.
 */
export async function deliverBatch(
  entries: readonly BatchEntry[],
  ports: DeliverBatchPorts,
  times: BatchTimes,
): Promise<readonly string[]> {
  const { clock, metrics } = ports;
  const counted = countCommits(ports.ledger);
  const counting = { ...ports, ledger: counted.ledger };
  const startedAt = clock.now();
  const unfinished = new Set(entries.map(({ id }) => id));
  const stopping = new AbortController();
  const waiting = entries.values();
  const lanes = Array.from({ length: Math.min(ports.concurrency, entries.length) }, async () => {
    for (const entry of waiting) {
      if (await isDone(entry, counting, times.endsAt, stopping.signal)) unfinished.delete(entry.id);
    }
  });
  await withinTimes(Promise.all(lanes), ports, times, stopping);
  const took = { jobs: entries.length, unfinished: unfinished.size, duration_ms: clock.now() - startedAt };
  metrics.record('batch', { ...took, ...counted.take() });
  return [...unfinished];
}

// Sessions that have not ended by themselves are told to at `endsAt`; nobody is waited for beyond `answerBy`.
async function withinTimes(
  work: Promise<unknown>,
  { clock }: DeliverBatchPorts,
  { endsAt, answerBy }: BatchTimes,
  stopping: AbortController,
): Promise<void> {
  const ended = new AbortController();
  const ending = work.finally(() => ended.abort());
  const cut = async (): Promise<void> => {
    await clock.sleep(Math.max(0, endsAt - clock.now()), ended.signal);
    stopping.abort();
    await clock.sleep(Math.max(0, answerBy - clock.now()), ended.signal);
  };
  await Promise.race([ending, cut()]);
}

async function isDone(
  entry: BatchEntry,
  ports: DeliverBatchPorts,
  endsAt: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    switch (entry.kind) {
      case 'malformed':
        ports.log.error('job_set_aside', { why: entry.why });
        await ports.setAside(entry.body, entry.why);
        return true;
      case 'job': {
        const attemptMs = Math.min(ports.attemptMs, endsAt - ports.clock.now());
        if (signal.aborted || attemptMs < Math.min(ports.attemptMs, limits.leastAttemptMs)) return false;
        return (await deliver(entry.job, { ...ports, attemptMs }, signal)) === 'done';
      }
    }
  } catch (error) {
    ports.log.error('job_not_settled', { why: String(error) });
    return false;
  }
}
