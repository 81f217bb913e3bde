import { afterAbandonedAttempt } from './abandoned-attempt.ts';
import { countCommits } from './count-commits.ts';
import type { Delivery, Email } from './email.ts';
import { endDelivery } from './end-delivery.ts';
import { limits } from './limits.ts';
import type { Classify } from './ports/classify.ts';
import type { Clock } from './ports/clock.ts';
import type { ContentStore } from './ports/content.ts';
import type { DeliveryLog } from './ports/delivery-log.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Log } from './ports/log.ts';
import type { Metrics } from './ports/metrics.ts';
import type { DelayedJob, Job, Queue } from './ports/queue.ts';
import type { Random } from './ports/random.ts';
import type { Suppressions } from './ports/suppressions.ts';
import { releaseGroup } from './shaping/release-rate.ts';
import type { Releases } from './shaping/releases.ts';
import { openRecipients } from './settle.ts';
import { withoutSuppressed } from './suppression/suppressed-recipient.ts';

export type SweepPorts = {
  readonly ledger: Ledger;
  readonly queue: Pick<Queue, 'send'>;
  /** Where runs are far apart: what comes due within `ms` goes to a queue that keeps it until then. `null` where they are not. */
  readonly ahead: { readonly ms: number; send(jobs: readonly DelayedJob[]): Promise<void> } | null;
  readonly contents: ContentStore;
  readonly suppressions: Pick<Suppressions, 'among'>;
  readonly classify: Classify;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly deliveryLog?: DeliveryLog;
  readonly metrics: Metrics;
  /** At which rate deferred deliveries go on; the same from one run to the next. */
  readonly releases: Releases;
  readonly retryScheduleMs: readonly [number, ...number[]];
  /** Whether a job on the queue may hold the only copy of the content, so that its absence from the store is no fault yet. */
  readonly contentTravels: boolean;
};

type Due = { readonly email: Email; readonly delivery: Delivery };

/** The delivery as it goes on, and how: back to the queue, later, while its job is awaited, or not at all. */
type Move = { readonly next: Delivery; readonly as: 'released' | 'held_back' | 'awaited' | 'retried' | 'ended' };

/** A job for the queue, and when it is to come out. */
type Released = { readonly job: Job; readonly dueAt: number };

/** One run, up to when it looks, and what it has done so far. */
type Run = {
  readonly ports: SweepPorts;
  readonly startedAt: number;
  readonly until: number;
  readonly moves: Record<Move['as'] | 'due', number>;
};

/**
 * Moves on every delivery whose time has come: scheduled and deferred ones go to the queue, queued ones whose job was not
 * seen again go there once more, all without recipients who were suppressed meanwhile; those past their lifetime expire, and
 * an attempt whose owner is gone is recorded as in doubt. Of the deferred ones, no more go to one provider than its rate
 * allows; the others are put off. Ends when nothing is left that was due at its start, or `signal` is aborted; answers how many
 * deliveries it moved.
 *
 * With `ahead`, scheduled and deferred deliveries that come due until the next run go to the queue as well, and come out of it in
 * time: they cannot be rescheduled any more, but still canceled.
 *
 * A run that found something tells in one line, `sweep` with the counts of `mailCounts`.
 */
export async function sweep(ports: SweepPorts, signal: AbortSignal): Promise<number> {
  const startedAt = ports.clock.now();
  const counted = countCommits(ports.ledger);
  const moves = { due: 0, released: 0, held_back: 0, awaited: 0, retried: 0, ended: 0 };
  const until = startedAt + (ports.ahead?.ms ?? 0);
  const run = { ports: { ...ports, ledger: counted.ledger }, startedAt, until, moves };
  let oldestDueAt = startedAt;
  try {
    while (!signal.aborted) {
      const found = await run.ports.ledger.due(until, limits.sweepBatch);
      const due = found.filter((one) => mayMove(one, startedAt));
      oldestDueAt = Math.min(oldestDueAt, ...due.map(({ delivery }) => delivery.dueAt ?? oldestDueAt));
      moves.due += due.length;
      const jobs = (await Promise.all(due.map((one) => moveOn(one, run)))).filter((job) => job !== null);
      if (jobs.length > 0) await send(jobs, run);
      // A page that was full has holes where an index that lags named some that have just been moved on.
      if (found.length < limits.sweepBatch / 2 || due.length === 0) break;
    }
  } finally {
    const times = {
      oldest_due_seconds: Math.floor((startedAt - oldestDueAt) / 1_000),
      duration_ms: ports.clock.now() - startedAt,
    };
    if (moves.due > 0) ports.metrics.record('sweep', { ...moves, ...times, ...counted.take() });
  }
  return moves.due;
}

// Ahead of its time goes only what waits for it: a lease, or a job that is awaited, may yet be in time, and so may an end.
function mayMove({ email, delivery: { state, dueAt } }: Due, startedAt: number): boolean {
  if (dueAt === null || dueAt <= startedAt) return true;
  return (state === 'scheduled' || state === 'deferred') && dueAt < email.expiresAt;
}

async function send(released: readonly Released[], { ports }: Run): Promise<void> {
  if (ports.ahead === null) return await ports.queue.send(released.map(({ job }) => job));
  const now = ports.clock.now();
  await ports.ahead.send(released.map(({ job, dueAt }) => ({ job, delayMs: Math.max(0, dueAt - now) })));
}

// The row is written before the job is sent: should the process end in between, the row comes due again by itself.
async function moveOn({ email, delivery }: Due, run: Run): Promise<Released | null> {
  const { ports, moves } = run;
  const { next, as } = heldBack({ email, delivery }, run) ?? (await moved({ email, delivery }, ports));
  if ((await ports.ledger.commit(next)) === 'fenced') return null;
  ports.deliveryLog?.note({ email, before: [delivery], next: [next] });
  moves[as]++;
  if (as !== 'released') return null;
  const { id: emailId, projectId } = email;
  const job: Job = { version: 1, deliveryId: delivery.id, emailId, projectId, content: { kind: 'stored' } };
  return { job, dueAt: delivery.dueAt ?? 0 };
}

// Asked before anything is waited for, so that the oldest go first.
function heldBack({ email, delivery }: Due, { ports, startedAt, until }: Run): Move | null {
  if (delivery.state !== 'deferred' || startedAt >= email.expiresAt) return null;
  const at = ports.releases.next(releaseGroup(delivery), startedAt);
  if (at <= startedAt) return null;
  // Not for this run again, which asks for what comes due until the next one.
  const dueAt = Math.min(at + until - startedAt, email.expiresAt);
  return { next: { ...delivery, version: delivery.version + 1, dueAt }, as: 'held_back' };
}

async function moved({ email, delivery }: Due, ports: SweepPorts): Promise<Move> {
  const now = ports.clock.now();
  if (delivery.state === 'sending') {
    const next = afterAbandonedAttempt(email, delivery, ports);
    return { next, as: next.state === 'ended' ? 'ended' : 'retried' };
  }
  if (now >= email.expiresAt) return { next: endDelivery(delivery, 'expired', now), as: 'ended' };
  const open = openRecipients(delivery).map((recipient) => recipient.mailbox);
  const wanted = withoutSuppressed(delivery, await ports.suppressions.among(email.projectId, open, now), now);
  if (openRecipients(wanted).length === 0) return { next: endDelivery(wanted, 'suppressed', now), as: 'ended' };
  if ((await ports.contents.open(email.id)) !== null) {
    const comesAt = Math.max(now, delivery.dueAt ?? now);
    return { next: queued(wanted, Math.min(comesAt + limits.queuedGraceMs, email.expiresAt)), as: 'released' };
  }
  // A job that carries the content comes back to the queue by itself; should there be none, the lifetime ends.
  if (ports.contentTravels && delivery.state !== 'scheduled') {
    ports.log.warn('job_awaited', { delivery: delivery.id });
    return { next: queued(wanted, email.expiresAt), as: 'awaited' };
  }
  ports.log.error('content_missing', { delivery: delivery.id });
  return { next: endDelivery(wanted, 'failed', now), as: 'ended' };
}

function queued(delivery: Delivery, dueAt: number): Delivery {
  return { ...delivery, state: 'queued', version: delivery.version + 1, dueAt };
}
