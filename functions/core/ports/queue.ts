import type { DeliveryId, EmailId, ProjectId } from '../ids.ts';

/** One delivery on the queue. The content travels inside when it is small enough, else it waits in the content store. */
export type Job = {
  readonly version: 1;
  readonly deliveryId: DeliveryId;
  readonly emailId: EmailId;
  readonly projectId: ProjectId;
  readonly content: { readonly kind: 'inline'; readonly bytes: Uint8Array } | { readonly kind: 'stored' };
};

/** A job that receivers see only after `delayMs`, 15 minutes at the most. */
export type DelayedJob = { readonly job: Job; readonly delayMs: number };

/** A job in our hands until its receipt is settled or its visibility timeout passes; a body we cannot read says why. */
export type ReceivedJob =
  | { readonly kind: 'job'; readonly receipt: string; readonly job: Job }
  | { readonly kind: 'malformed'; readonly receipt: string; readonly why: string };

/** At-least-once, unordered. */
export interface Queue {
  /** For how long received jobs are hidden from others, unless `hold` says so again. */
  readonly visibilityMs: number;
  /** Every job is durable when it resolves. */
  send(jobs: readonly Job[]): Promise<void>;
  /** Waits up to `waitMs` (or until `signal`) for a first job, then answers with up to `limit`; the jobs are hidden from others meanwhile. */
  receive(limit: number, waitMs: number, signal?: AbortSignal): Promise<readonly ReceivedJob[]>;
  /** The jobs are still being worked on: they are hidden for `visibilityMs` from now on. A receipt that has run out is ignored. */
  hold(receipts: readonly string[]): Promise<void>;
  /** The jobs are not done: others may receive them at once. A receipt that has run out is ignored. */
  giveBack(receipts: readonly string[]): Promise<void>;
  /** The job is done and never comes back. A receipt that has run out is ignored. */
  remove(receipts: readonly string[]): Promise<void>;
  /** The job cannot be worked on: it is kept apart with the reason, and never received again. */
  setAside(receipt: string, why: string): Promise<void>;
}
