import type { Attempt, Bounce, Delivery, Email, Recipient } from './email.ts';
import { nextStatus, type NextStatus } from './next-status.ts';
import type { Outcome } from './outcome.ts';
import type { Classify, Verdict } from './ports/classify.ts';
import { retryDelayMs } from './retry-delay.ts';

/** What settling needs beside the delivery. `fraction` is a random number from 0 up to 1. */
export type SettleContext = {
  readonly email: Email;
  readonly now: number;
  readonly scheduleMs: readonly [number, ...number[]];
  readonly fraction: number;
  readonly classify: Classify;
};

/** The recipients still to be sent to, in the order in which an attempt answers for them. */
export function openRecipients(delivery: Delivery): readonly Recipient[] {
  return delivery.recipients.filter((recipient) => recipient.status === 'open');
}

/**
 * The delivery after an attempt: `outcomes` has one entry per open recipient, in order. All recipients still open share one
 * next attempt, at the latest time that any of them asks for. Pure.
 */
export function settle(delivery: Delivery, outcomes: readonly Outcome[], context: SettleContext): Delivery {
  const verdicts = outcomes.map((outcome) => context.classify(outcome.evidence));
  const policy = {
    expiresAt: context.email.expiresAt,
    onInDoubt: context.email.onInDoubt,
    retryDelayMs: retryDelayMs(
      delivery.attempt,
      context.scheduleMs,
      askedDelayMs(outcomes, verdicts),
      context.fraction,
    ),
  };
  let position = 0;
  let dueAt: number | null = null;
  const recipients = delivery.recipients.map((recipient) => {
    if (recipient.status !== 'open') return recipient;
    const outcome = outcomes[position];
    const verdict = verdicts[position++];
    if (outcome === undefined || verdict === undefined)
      throw new Error('An attempt must answer for every open recipient.');
    const next = nextStatus(outcome, context.now, policy);
    if (next.status === 'open') dueAt = Math.max(dueAt ?? 0, next.dueAt);
    return afterAttempt(recipient, delivery, outcome, verdict, next, context.now);
  });
  return {
    ...delivery,
    version: delivery.version + 1,
    state: dueAt === null ? 'ended' : 'deferred',
    dueAt,
    recipients,
  };
}

function askedDelayMs(outcomes: readonly Outcome[], verdicts: readonly Verdict[]): number | null {
  const asked = verdicts.flatMap((verdict, index) =>
    outcomes[index]?.kind === 'deferred' && verdict.retryAfterMs !== null ? [verdict.retryAfterMs] : [],
  );
  return asked.length === 0 ? null : Math.max(...asked);
}

function afterAttempt(
  recipient: Recipient,
  delivery: Delivery,
  outcome: Outcome,
  verdict: Verdict,
  next: NextStatus,
  now: number,
): Recipient {
  const startedAt = delivery.claimedAt ?? now;
  const attempt: Attempt = {
    ...outcome.evidence,
    attempt: delivery.attempt,
    startedAt,
    durationMs: Math.max(0, now - startedAt),
    outcome: outcome.kind,
  };
  return {
    ...recipient,
    status: next.status,
    updatedAt: now,
    bounce: outcome.kind === 'bounced' ? bounceOf(outcome, verdict) : recipient.bounce,
    attempts: [...recipient.attempts, attempt],
    ...(outcome.kind === 'delivered' && outcome.complains && { complainedAt: now }),
  };
}

function bounceOf(outcome: Extract<Outcome, { kind: 'bounced' }>, verdict: Verdict): Bounce {
  const { evidence } = outcome;
  return {
    category: verdict.category,
    rule: verdict.rule,
    smtpCode: evidence.reply?.code ?? null,
    enhancedCode: evidence.reply?.enhancedCode ?? null,
    // A reply may be three digits and nothing else (RFC 5321 §4.2).
    diagnostic: evidence.reply?.text || evidence.error?.detail || String(evidence.reply?.code ?? ''),
    remoteMta: evidence.host,
    source: outcome.source,
  };
}
