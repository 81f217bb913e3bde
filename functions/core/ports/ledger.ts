import type { Delivery, Email } from '../email.ts';
import type { DeliveryId, EmailId, ProjectId } from '../ids.ts';

/** What a claim came to. `ended`, `held` and `not_due` mean that this job has nothing to do. */
export type Claim =
  | { readonly kind: 'claimed'; readonly email: Email; readonly delivery: Delivery }
  | { readonly kind: 'lost'; readonly why: 'ended' | 'held' | 'not_due' | 'missing' };

/** The durable record of emails and deliveries. Every write is durable when it resolves. */
export interface Ledger {
  /** Takes the delivery for one attempt if `claimed()` of core/claim.ts allows it, atomically; of many callers one wins. */
  claim(id: DeliveryId, now: number, leaseUntil: number): Promise<Claim>;
  /** Replaces the delivery if its stored version is `next.version - 1`; otherwise nothing changes and the caller is fenced out. */
  commit(next: Delivery): Promise<'committed' | 'fenced'>;
  /** Deliveries whose `dueAt` has come, the oldest first, with their emails. */
  due(now: number, limit: number): Promise<readonly { readonly email: Email; readonly delivery: Delivery }[]>;
  /** An email and its deliveries in order; another project's is `null`. */
  find(
    projectId: ProjectId,
    id: EmailId,
  ): Promise<{ readonly email: Email; readonly deliveries: readonly Delivery[] } | null>;
}
