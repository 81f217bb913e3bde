import type { Delivery } from './email.ts';

/** What claiming a delivery comes to, before the write that makes it so. */
export type ClaimDecision =
  | { readonly kind: 'claimed'; readonly delivery: Delivery }
  | { readonly kind: 'abandoned' }
  | { readonly kind: 'lost'; readonly why: 'ended' | 'held' | 'not_due' };

/**
 * Whether a job may begin an attempt now, and the delivery as it then stands. Pure; a ledger makes it one conditional write.
 *
 * A delivery that is being sent stays with its owner until its lease has run out, and even then it is not claimed: the attempt
 * that died is to be put on record first, or it would leave none.
 */
export function claimed(delivery: Delivery, now: number, leaseUntil: number): ClaimDecision {
  switch (delivery.state) {
    case 'ended':
      return { kind: 'lost', why: 'ended' };
    case 'sending':
      return delivery.dueAt !== null && delivery.dueAt < now ? { kind: 'abandoned' } : { kind: 'lost', why: 'held' };
    case 'scheduled':
    case 'deferred':
      if (delivery.dueAt !== null && delivery.dueAt > now) return { kind: 'lost', why: 'not_due' };
      return { kind: 'claimed', delivery: sending(delivery, now, leaseUntil) };
    case 'queued':
      return { kind: 'claimed', delivery: sending(delivery, now, leaseUntil) };
  }
}

function sending(delivery: Delivery, now: number, leaseUntil: number): Delivery {
  return {
    ...delivery,
    state: 'sending',
    version: delivery.version + 1,
    attempt: delivery.attempt + 1,
    claimedAt: now,
    dueAt: leaseUntil,
  };
}
