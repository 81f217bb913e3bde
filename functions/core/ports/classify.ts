import type { Evidence } from '../outcome.ts';

/**
 * The reason behind a deferral or bounce and the rule that named it; whether the address should be mailed no more; a delay the far
 * side asked for, if any.
 */
export type Verdict = {
  readonly category: string;
  readonly rule: string;
  readonly suppress: boolean;
  readonly retryAfterMs: number | null;
};

/** Names the reason. It never decides between delivered, deferred and bounced: the basic code did that. Pure. */
export type Classify = (evidence: Evidence) => Verdict;
