import type { TerminalStatus } from './email.ts';
import type { Outcome } from './outcome.ts';

/** What decides beside the outcome. Times in clock milliseconds. */
export type StatusPolicy = {
  readonly expiresAt: number;
  readonly onInDoubt: 'retry' | 'hold';
  readonly retryDelayMs: number;
};

/** Where a recipient stands after an attempt: open and due again, or ended. */
export type NextStatus = { readonly status: 'open'; readonly dueAt: number } | { readonly status: TerminalStatus };

/**
 * The retry rule. Pure and total: every outcome has exactly one next status.
 *
 * A retry that would come after the end of the lifetime waits for that end instead, and then expires: so the last reply is
 * still the last word, and the end is not late.
 */
export function nextStatus(outcome: Outcome, now: number, policy: StatusPolicy): NextStatus {
  switch (outcome.kind) {
    case 'delivered':
    case 'relayed':
    case 'bounced':
      return { status: outcome.kind };
    case 'in_doubt':
      return policy.onInDoubt === 'hold' ? { status: 'unknown' } : later(now, policy.retryDelayMs, policy);
    case 'deferred':
      return later(now, outcome.cause === 'interrupted' ? 0 : policy.retryDelayMs, policy);
  }
}

function later(now: number, delayMs: number, policy: StatusPolicy): NextStatus {
  if (now >= policy.expiresAt) return { status: 'expired' };
  return { status: 'open', dueAt: Math.min(now + delayMs, policy.expiresAt) };
}
