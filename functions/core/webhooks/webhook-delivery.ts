import type { WebhookId } from '../ids.ts';
import { limits } from '../limits.ts';
import type { WebhookAnswer } from '../ports/webhook-sender.ts';
import type { ProjectEvent } from '../events/project-event.ts';
import { spreadMs } from '../retry-delay.ts';
import type { EndpointSign } from './webhook.ts';

/** One finished attempt; `attempt` counts from 1 over all rounds. `status` is null when there was no answer. */
export type WebhookAttempt = {
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'delivered' | 'failed';
  readonly ip: string | null;
  readonly status: number | null;
  /** The beginning of the answer's body, escaped, on one line. */
  readonly body: string | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
};

/**
 * One event on its way to one endpoint, named by both. While `pending`, `dueAt` is when it is tried next; it is `null` while it
 * waits for an earlier event of its stream. `tries` counts the attempts of this round, which a replay begins anew. `version`
 * grows with every write and fences out whoever read an older one.
 */
export type WebhookDelivery = {
  readonly webhookId: WebhookId;
  readonly event: ProjectEvent;
  readonly status: 'pending' | 'delivered' | 'failed';
  readonly version: number;
  readonly dueAt: number | null;
  readonly tries: number;
  readonly endedAt: number | null;
  readonly attempts: readonly WebhookAttempt[];
};

/** What came of an attempt that began at `startedAt`. `fraction` is a random number from 0 up to 1. */
export type AttemptResult = {
  readonly answer: WebhookAnswer;
  readonly startedAt: number;
  readonly now: number;
  readonly fraction: number;
};

/** What an answer says of the endpoint. Pure. */
export function signOf(answer: WebhookAnswer): EndpointSign {
  if (answer.kind === 'error') return 'failed';
  if (answer.status === 410) return 'gone';
  return isTaken(answer.status) ? 'taken' : 'failed';
}

/**
 * The delivery after an attempt: only an answer of 2xx is taken, redirects are not followed. What asked to be left alone
 * (Retry-After) is, if that is later than the schedule has it, up to its longest wait. Pure.
 */
export function afterWebhookAttempt(delivery: WebhookDelivery, result: AttemptResult): WebhookDelivery {
  const { answer, now } = result;
  const attempt = attemptOf(delivery, result);
  const tries = delivery.tries + 1;
  const waitMs = signOf(answer) === 'failed' ? limits.webhookRetriesMs[tries - 1] : undefined;
  const next = {
    ...delivery,
    version: delivery.version + 1,
    tries,
    attempts: [...delivery.attempts, attempt].slice(-limits.webhookAttemptsKept),
  };
  if (waitMs !== undefined)
    return { ...next, dueAt: now + Math.max(spreadMs(waitMs, result.fraction), askedMs(answer)) };
  return endedDelivery({ ...next, version: delivery.version }, attempt.outcome, now);
}

/** The delivery without further attempts in this round. Pure. */
export function endedDelivery(delivery: WebhookDelivery, status: 'delivered' | 'failed', now: number): WebhookDelivery {
  return { ...delivery, version: delivery.version + 1, status, dueAt: null, endedAt: now };
}

/** The delivery at the beginning of another round, due now. Pure. */
export function replayedDelivery(delivery: WebhookDelivery, now: number): WebhookDelivery {
  return { ...delivery, version: delivery.version + 1, status: 'pending', dueAt: now, tries: 0, endedAt: null };
}

function attemptOf({ attempts }: WebhookDelivery, { answer, startedAt, now }: AttemptResult): WebhookAttempt {
  const common = {
    attempt: (attempts.at(-1)?.attempt ?? 0) + 1,
    startedAt,
    durationMs: Math.max(0, now - startedAt),
    ip: answer.ip,
  };
  if (answer.kind === 'error') {
    const { code, detail } = answer;
    return { ...common, outcome: 'failed', status: null, body: null, error: { code, detail } };
  }
  const { status, body } = answer;
  return { ...common, outcome: isTaken(status) ? 'delivered' : 'failed', status, body, error: null };
}

function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}

function askedMs(answer: WebhookAnswer): number {
  const asked = answer.kind === 'answer' ? (answer.retryAfterMs ?? 0) : 0;
  return Math.min(asked, Math.max(...limits.webhookRetriesMs));
}
