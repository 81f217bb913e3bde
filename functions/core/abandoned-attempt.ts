import type { Delivery, Email } from './email.ts';
import { failureEvidence } from './failure-evidence.ts';
import type { Classify } from './ports/classify.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import { openRecipients, settle } from './settle.ts';

export type AbandonedAttemptPorts = {
  readonly classify: Classify;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly retryScheduleMs: readonly [number, ...number[]];
};

/**
 * The delivery after an attempt whose owner let its lease run out: the owner is gone and left no record, so the server may hold
 * the message. Doubt, for every open recipient.
 */
export function afterAbandonedAttempt(email: Email, delivery: Delivery, ports: AbandonedAttemptPorts): Delivery {
  ports.log.warn('attempt_abandoned', { delivery: delivery.id, attempt: delivery.attempt });
  const evidence = failureEvidence(
    'dot',
    'abandoned',
    'The process ended during the attempt; how far it had come is not known.',
  );
  return settle(
    delivery,
    openRecipients(delivery).map(() => ({ kind: 'in_doubt', evidence })),
    {
      email,
      now: ports.clock.now(),
      scheduleMs: ports.retryScheduleMs,
      fraction: ports.random.fraction(),
      classify: ports.classify,
    },
  );
}
