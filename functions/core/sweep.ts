import { afterAbandonedAttempt } from './abandoned-attempt.ts';
import type { Delivery, Email } from './email.ts';
import { endDelivery } from './end-delivery.ts';
import { limits } from './limits.ts';
import type { Classify } from './ports/classify.ts';
import type { Clock } from './ports/clock.ts';
import type { ContentStore } from './ports/content.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Log } from './ports/log.ts';
import type { Job, Queue } from './ports/queue.ts';
import type { Random } from './ports/random.ts';
import type { Suppressions } from './ports/suppressions.ts';
import { openRecipients } from './settle.ts';
import { withoutSuppressed } from './suppressed-recipient.ts';

export type SweepPorts = {
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly contents: ContentStore;
  readonly suppressions: Pick<Suppressions, 'among'>;
  readonly classify: Classify;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly retryScheduleMs: readonly [number, ...number[]];
  /** Whether a job on the queue may hold the only copy of the content, so that its absence from the store is no fault yet. */
  readonly contentTravels: boolean;
};

type Due = { readonly email: Email; readonly delivery: Delivery };

/**
 * Moves on every delivery whose time has come: scheduled and deferred ones go to the queue, queued ones whose job was not
 * seen again go there once more, all without recipients who were suppressed meanwhile; those past their lifetime expire, and
 * an attempt whose owner is gone is recorded as in doubt. Ends when nothing is due or `signal` is aborted; answers how many
 * deliveries it moved.
 */
export async function sweep(ports: SweepPorts, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const due = await ports.ledger.due(ports.clock.now(), limits.sweepBatch);
    const jobs = (await Promise.all(due.map((one) => moveOn(one, ports)))).filter((job) => job !== null);
    if (jobs.length > 0) await ports.queue.send(jobs);
    count += due.length;
    if (due.length < limits.sweepBatch) break;
  }
  return count;
}

/** The delivery as it goes on, and whether a job is to be sent for it. */
type Move = { readonly next: Delivery; readonly job: boolean };

// The row is written before the job is sent: should the process end in between, the row comes due again by itself.
async function moveOn({ email, delivery }: Due, ports: SweepPorts): Promise<Job | null> {
  const { next, job } = await moved({ email, delivery }, ports);
  if ((await ports.ledger.commit(next)) === 'fenced' || !job) return null;
  const { id: emailId, projectId } = email;
  return { version: 1, deliveryId: delivery.id, emailId, projectId, content: { kind: 'stored' } };
}

async function moved({ email, delivery }: Due, ports: SweepPorts): Promise<Move> {
  const now = ports.clock.now();
  if (delivery.state === 'sending') return { next: afterAbandonedAttempt(email, delivery, ports), job: false };
  if (now >= email.expiresAt) return { next: endDelivery(delivery, 'expired', now), job: false };
  const open = openRecipients(delivery).map((recipient) => recipient.mailbox);
  const wanted = withoutSuppressed(delivery, await ports.suppressions.among(email.projectId, open, now), now);
  if (openRecipients(wanted).length === 0) return { next: endDelivery(wanted, 'suppressed', now), job: false };
  if ((await ports.contents.open(email.id)) !== null) {
    return { next: queued(wanted, Math.min(now + limits.queuedGraceMs, email.expiresAt)), job: true };
  }
  // A job that carries the content comes back to the queue by itself; should there be none, the lifetime ends.
  if (ports.contentTravels && delivery.state !== 'scheduled') {
    ports.log.warn('job_awaited', { delivery: delivery.id });
    return { next: queued(wanted, email.expiresAt), job: false };
  }
  ports.log.error('content_missing', { delivery: delivery.id });
  return { next: endDelivery(wanted, 'failed', now), job: false };
}

function queued(delivery: Delivery, dueAt: number): Delivery {
  return { ...delivery, state: 'queued', version: delivery.version + 1, dueAt };
}
