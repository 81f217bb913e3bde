import type { ProjectId } from '../ids.ts';
import type { Mailbox } from '../mailbox.ts';

/** Why an address is no longer mailed. */
export type SuppressionReason = 'manual' | 'bounce' | 'complaint' | 'unsubscribe';

/** An address that a project no longer mails. `address` is as it was given; what it matches is `canonicalAddress` of it. */
export type Suppression = {
  readonly projectId: ProjectId;
  readonly address: string;
  readonly canonical: string;
  readonly reason: SuppressionReason;
  /** One line of evidence or of the operator's own, `null` when there is none. */
  readonly note: string | null;
  readonly createdAt: number;
  /** When the address may be mailed again; `null` is never. */
  readonly expiresAt: number | null;
};

/** What stands for an address after it was to be added; `added` is false when it was there already. */
export type StandingSuppression = { readonly suppression: Suppression; readonly added: boolean };

/** Addresses that are no longer mailed, per project. What has expired counts as not there. Writes are durable when they resolve. */
export interface Suppressions {
  /** Those of the mailboxes that are suppressed at `now`, each with the reason. */
  among(
    projectId: ProjectId,
    mailboxes: readonly Mailbox[],
    now: number,
  ): Promise<ReadonlyMap<Mailbox, SuppressionReason>>;
  /** One address in its canonical form. */
  find(projectId: ProjectId, canonical: string, now: number): Promise<Suppression | null>;
  /** Adds all or none; an address that is there already keeps its first entry unless that has expired. Answers what stands, in order. */
  add(suppressions: readonly Suppression[], now: number): Promise<readonly StandingSuppression[]>;
  /** `false` when there was none. */
  remove(projectId: ProjectId, canonical: string, now: number): Promise<boolean>;
  /** Up to `limit` in the order of their canonical addresses, from after `after`. */
  list(projectId: ProjectId, limit: number, after: string | null, now: number): Promise<readonly Suppression[]>;
  /** Forgets what has expired by `now`; answers how many. */
  purge(now: number): Promise<number>;
}
