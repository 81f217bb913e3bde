import type { Delivery, Email } from './email.ts';
import type { EmailId, ProjectId } from './ids.ts';
import type { FoundEmail, Ledger } from './ports/ledger.ts';

/** `too_late`: the email was given an end that comes before the new time. */
export type RescheduleResult =
  | ({ readonly kind: 'rescheduled' } & FoundEmail)
  | { readonly kind: 'not_found' }
  | { readonly kind: 'too_late' }
  | { readonly kind: 'not_reschedulable'; readonly why: string };

const mostTries = 5;

/**
 * Moves an email that wholly waits for its time to `at` (milliseconds; not in the past). The end of its lifetime moves along
 * unless the request named it. A time that has come is the sweep's to act on. Whoever cancels, or begins to send, at the same
 * moment either comes before or finds the new time.
 */
export async function reschedule(
  projectId: ProjectId,
  id: EmailId,
  at: number,
  { ledger }: { readonly ledger: Pick<Ledger, 'find' | 'reschedule'> },
): Promise<RescheduleResult> {
  for (let tries = 0; tries < mostTries; tries++) {
    const found = await ledger.find(projectId, id);
    if (found === null) return { kind: 'not_found' };
    const why = whyNot(found.deliveries);
    if (why !== null) return { kind: 'not_reschedulable', why };
    const email = moved(found.email, at);
    if (email.expiresAt <= at) return { kind: 'too_late' };
    const deliveries = found.deliveries.map((delivery) => waitingUntil(delivery, at));
    const changed = deliveries.filter(({ state }) => state === 'scheduled');
    if ((await ledger.reschedule(email, changed)) === 'committed') return { kind: 'rescheduled', email, deliveries };
  }
  return { kind: 'not_reschedulable', why: 'The email is being changed by others at this moment.' };
}

function whyNot(deliveries: readonly Delivery[]): string | null {
  const begun = deliveries.filter((delivery) => delivery.state !== 'scheduled' && !isSuppressed(delivery));
  if (begun.length > 0) return 'The email no longer waits for its time.';
  return deliveries.some(({ state }) => state === 'scheduled') ? null : 'Nobody is left to send the email to.';
}

// Recipients that were suppressed at acceptance have ended, and hold up nobody.
function isSuppressed({ state, recipients }: Delivery): boolean {
  return (
    state === 'ended' && recipients.every(({ status, attempts }) => status === 'suppressed' && attempts.length === 0)
  );
}

function moved(email: Email, at: number): Email {
  const lifetimeMs = email.expiresAt - (email.scheduledAt ?? email.createdAt);
  return { ...email, scheduledAt: at, expiresAt: email.expiresAtGiven ? email.expiresAt : at + lifetimeMs };
}

function waitingUntil(delivery: Delivery, at: number): Delivery {
  return delivery.state === 'scheduled' ? { ...delivery, version: delivery.version + 1, dueAt: at } : delivery;
}
