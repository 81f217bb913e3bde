import type { Delivery, Email } from './email.ts';
import { endDelivery } from './end-delivery.ts';

/**
 * An attempt that did not begin, because nobody may connect to any of the hosts now. It should come again at `until`, or at
 * `soonest` if the email does not live so long.
 */
export type Postponement = {
  readonly kind: 'postponed';
  readonly group: string;
  /** A stable word. */
  readonly why: string;
  readonly until: number;
  readonly soonest: number;
};

/**
 * The claimed delivery as if it had not been claimed, but due later: no attempt is counted and none is recorded. What cannot
 * wait until then waits for its end, and expires. Pure.
 */
export function postpone(delivery: Delivery, email: Email, { until, soonest }: Postponement, now: number): Delivery {
  if (now >= email.expiresAt) return endDelivery(delivery, 'expired', now);
  const dueAt = [until, soonest].find((at) => at < email.expiresAt) ?? email.expiresAt;
  const attempt = delivery.attempt - 1;
  return {
    ...delivery,
    version: delivery.version + 1,
    state: 'deferred',
    attempt,
    claimedAt: attempt === 0 ? null : delivery.claimedAt,
    dueAt: Math.max(now, dueAt),
  };
}
