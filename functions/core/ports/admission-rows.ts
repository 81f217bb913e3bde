import type { Admission, AnswerToKeep, IdempotentRequest, KeptAnswer } from './admissions.ts';

/**
 * The rows of one request, and the answers to keep for its keys. `gated` when more than one durable write makes the request: its emails then do not count, are
 * found by nobody and claimed by nobody, until `open` has made all of them count in one write.
 */
export type AdmissionPlan = {
  readonly admissions: readonly Admission[];
  readonly answers: readonly AnswerToKeep[];
  readonly gated: boolean;
};

/** Rows of emails for stores in which rows, content and jobs cannot be one transaction; see core/admit-in-steps.ts. */
export interface AdmissionRows {
  /** Every row is durable when it resolves; when it rejects, what was written has been taken back as far as it could be. */
  write(plan: AdmissionPlan): Promise<void>;
  /**
   * Makes a gated plan count, and its answers with it, in one write. `taken` when another answer was kept for one of the keys
   * before. When it rejects, it may have done it or not.
   */
  open(
    plan: AdmissionPlan,
    now: number,
  ): Promise<
    | { readonly kind: 'open' }
    | { readonly kind: 'taken'; readonly request: IdempotentRequest; readonly kept: KeptAnswer }
  >;
  /** Takes the rows back. `claimed` when a worker has one of them already: its job was sent, whatever the queue has said. */
  withdraw(plan: AdmissionPlan): Promise<'withdrawn' | 'claimed'>;
}
