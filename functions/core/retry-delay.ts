import { limits } from './limits.ts';

/**
 * How long to wait after attempt number `attempt` (from 1), in milliseconds. Pure: `fraction` is a random number from 0 up
 * to 1 that spreads the retries of one moment.
 *
 * The last entry of the schedule repeats. A delay that the far side asked for (greylisting, throttling) overrides the
 * schedule and is only ever lengthened by the jitter; after `limits.askedDelayAttempts` it can no longer shorten it, so that
 * a server that says "later" for ever is not dialled every few minutes for days.
 */
export function retryDelayMs(
  attempt: number,
  scheduleMs: readonly [number, ...number[]],
  askedMs: number | null,
  fraction: number,
): number {
  const scheduled = scheduleMs[Math.min(attempt, scheduleMs.length) - 1] ?? scheduleMs[0];
  const spread = spreadMs(scheduled, fraction);
  if (askedMs === null) return spread;
  const asked = Math.round(askedMs * (1 + limits.retryJitterFraction * fraction));
  return attempt <= limits.askedDelayAttempts ? asked : Math.max(asked, spread);
}

/** A wait with jitter in either direction, so that what began together does not come again together. Pure. */
export function spreadMs(ms: number, fraction: number): number {
  return Math.round(ms * (1 + limits.retryJitterFraction * (2 * fraction - 1)));
}
