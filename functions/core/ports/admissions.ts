import type { Delivery, Email } from '../email.ts';
import type { ProjectId } from '../ids.ts';

/** One email ready to be accepted: its rows, and the bytes that its jobs carry or point to. */
export type Admission = {
  readonly email: Email;
  readonly deliveries: readonly Delivery[];
  readonly content: Uint8Array;
};

/** A request made under an Idempotency-Key: `scope` is project and route, `fingerprint` a digest of the parsed body. */
export type IdempotentRequest = {
  readonly projectId: ProjectId;
  readonly route: string;
  readonly key: string;
  readonly fingerprint: string;
};

/** All of an answer that is sent again; `warning` is what it warned of, beside its body. */
export type RepeatableAnswer = { readonly status: number; readonly body: string; readonly warning: string | null };

/** The answer kept for a key: what is sent again when the request comes again. */
export type KeptAnswer = RepeatableAnswer & { readonly fingerprint: string };

/** An answer to keep for the key of a request. */
export type AnswerToKeep = RepeatableAnswer & { readonly request: IdempotentRequest };

/** The point at which an email becomes ours. */
export interface Admissions {
  /**
   * Makes the emails, the jobs of those that are queued, their content and the kept answers durable as one: when it
   * resolves with `admitted`, all of it is; when it rejects, none of it is and nothing will be sent. `taken` means that an
   * answer for the key of `request` was kept already and nothing was written. No two answers share a key.
   */
  admit(
    admissions: readonly Admission[],
    answers: readonly AnswerToKeep[],
    now: number,
  ): Promise<
    | { readonly kind: 'admitted' }
    | { readonly kind: 'taken'; readonly request: IdempotentRequest; readonly kept: KeptAnswer }
  >;
}
