import type { Delivery, Email } from '../email.ts';
import type { EmailFilter } from '../email-filter.ts';
import type { EmailId, ProjectId } from '../ids.ts';

/**
 * What a claim came to. `abandoned`: nothing was taken; the owner of the attempt that the delivery shows let its lease run out.
 * `ended`, `held`, `not_due` and `missing` mean that this job has nothing to do. `not_accepted`: the request that made the
 * delivery is not durable as a whole yet, and may never be; the job has to come again.
 */
export type Claim =
  | { readonly kind: 'claimed'; readonly email: Email; readonly delivery: Delivery }
  | { readonly kind: 'abandoned'; readonly email: Email; readonly delivery: Delivery }
  | { readonly kind: 'lost'; readonly why: 'ended' | 'held' | 'not_due' | 'missing' | 'not_accepted' };

/** Which delivery: a ledger may need both to find it. */
export type DeliveryName = Pick<Delivery, 'id' | 'projectId'>;

/** What is on record about a delivery. `not_accepted` as for a claim. */
export type Look =
  | { readonly kind: 'found'; readonly email: Email; readonly delivery: Delivery }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not_accepted' };

/** An email and its deliveries in order. */
export type FoundEmail = { readonly email: Email; readonly deliveries: readonly Delivery[] };

/** A walk over a project's emails from after `from` (from the end when `null`), by the time they were made at. */
export type LedgerWalk = {
  readonly limit: number;
  readonly from: EmailId | null;
  readonly order: 'newest_first' | 'oldest_first';
  readonly filter: EmailFilter;
};

/** The durable record of emails and deliveries. Every write is durable when it resolves. */
export interface Ledger {
  /** Takes the delivery for one attempt if `claimed()` of core/claim.ts allows it, atomically; of many callers one wins. */
  claim(delivery: DeliveryName, now: number, leaseUntil: number): Promise<Claim>;
  /** What a claim would find, without taking it. */
  look(delivery: DeliveryName): Promise<Look>;
  /** Replaces the delivery if its stored version is `next.version - 1`; otherwise nothing changes and the caller is fenced out. */
  commit(next: Delivery): Promise<'committed' | 'fenced'>;
  /** Deliveries whose `dueAt` has come, the oldest first, with their emails. */
  due(now: number, limit: number): Promise<readonly { readonly email: Email; readonly delivery: Delivery }[]>;
  /** An email and its deliveries in order; another project's is `null`. */
  find(projectId: ProjectId, id: EmailId): Promise<FoundEmail | null>;
  /**
   * Up to `limit` emails that pass the filter, in the order of the walk. `stoppedAt` is where another walk goes on, `null`
   * when this one has come to the end: a ledger looks at so many emails and no more, so there may be fewer than `limit`, or
   * none, and yet more to come. `stoppedAt` need not be an email that passed.
   */
  list(
    projectId: ProjectId,
    walk: LedgerWalk,
  ): Promise<{ readonly emails: readonly FoundEmail[]; readonly stoppedAt: EmailId | null }>;
  /** Projects of which one has made the email of this id, if anybody has. For who has an id and knows no project. */
  projectsOf(id: EmailId): Promise<readonly ProjectId[]>;
  /** Replaces the email and all of the deliveries if each has `version - 1` in store; otherwise nothing changes. */
  reschedule(email: Email, deliveries: readonly Delivery[]): Promise<'committed' | 'fenced'>;
}
