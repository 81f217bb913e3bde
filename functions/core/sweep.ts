import { afterAbandonedAttempt } from './abandoned-attempt.ts';
import { countCommits } from './count-commits.ts';
import type { Delivery, Email } from './email.ts';
import { endDelivery } from './end-delivery.ts';
import { limits } from './limits.ts';
import type { Classify } from './ports/classify.ts';
import type { Clock } from './ports/clock.ts';
import type { ContentStore } from './ports/content.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Log } from './ports/log.ts';
import type { Metrics } from './ports/metrics.ts';
import type { Job, Queue } from './ports/queue.ts';
import type { Random } from './ports/random.ts';
import type { Suppressions } from './ports/suppressions.ts';
import { releaseGroup } from './release-rate.ts';
import type { Releases } from './releases.ts';
import { openRecipients } from './settle.ts';
import { withoutSuppressed } from './suppressed-recipient.ts';

export type SweepPorts = {
  readonly ledger: Ledger;
  readonly queue: Pick<Queue, 'send'>;
  readonly contents: ContentStore;
  readonly suppressions: Pick<Suppressions, 'among'>;
  readonly classify: Classify;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
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

/** One run, with what it has done so far. */
type Run = {
  readonly ports: SweepPorts;
  readonly startedAt: number;
  readonly moves: Record<Move['as'] | 'due', number>;
};

/**
 * Moves on every delivery whose time has come: scheduled and deferred ones go to the queue, queued ones whose job was not
 * seen again go there once more, all without recipients who were suppressed meanwhile; those past their lifetime expire, and
 * an attempt whose owner is gone is recorded as in doubt. Of the deferred ones, no more go to one provider than its rate
 * allows; the others are put off. Ends when nothing is left that was due at its start, or `signal` is aborted; answers how many
 * deliveries it moved.
 *
 * A run that found something tells in one line, `sweep` with the counts of `mailCounts`.
 */
export async function sweep(ports: SweepPorts, signal: AbortSignal): Promise<number> {
  const startedAt = ports.clock.now();
  const counted = countCommits(ports.ledger);
  const moves = { due: 0, released: 0, held_back: 0, awaited: 0, retried: 0, ended: 0 };
  const run = { ports: { ...ports, ledger: counted.ledger }, startedAt, moves };
  let oldestDueAt = startedAt;
  try {
    while (!signal.aborted) {
      const due = await run.ports.ledger.due(startedAt, limits.sweepBatch);
      oldestDueAt = Math.min(oldestDueAt, ...due.map(({ delivery }) => delivery.dueAt ?? oldestDueAt));
      moves.due += due.length;
      const jobs = (await Promise.all(due.map((one) => moveOn(one, run)))).filter((job) => job !== null);
      if (jobs.length > 0) await ports.queue.send(jobs);
      if (due.length < limits.sweepBatch) break;
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

// The row is written before the job is sent: should the process end in between, the row comes due again by itself.
async function moveOn({ email, delivery }: Due, { ports, startedAt, moves }: Run): Promise<Job | null> {
  const { next, as } = heldBack({ email, delivery }, startedAt, ports) ?? (await moved({ email, delivery }, ports));
  if ((await ports.ledger.commit(next)) === 'fenced') return null;
  moves[as]++;
  if (as !== 'released') return null;
  const { id: emailId, projectId } = email;
  return { version: 1, deliveryId: delivery.id, emailId, projectId, content: { kind: 'stored' } };
}

// Asked before anything is waited for, so that the oldest go first.
function heldBack({ email, delivery }: Due, startedAt: number, ports: SweepPorts): Move | null {
  if (delivery.state !== 'deferred' || startedAt >= email.expiresAt) return null;
  const at = ports.releases.next(releaseGroup(delivery), startedAt);
  if (at <= startedAt) return null;
  const dueAt = Math.min(at, email.expiresAt);
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
    return { next: queued(wanted, Math.min(now + limits.queuedGraceMs, email.expiresAt)), as: 'released' };
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
