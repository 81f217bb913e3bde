import { bounds } from './bounds.ts';
import type { AttemptBounds } from './wire.ts';

/**
 * Whether the time left allows to begin with the content: to end without a verdict would leave the message in doubt. What
 * is kept for the final reply is a part of the whole attempt, so that a short attempt with a small message goes ahead.
 */
export function hasTimeForContent(attempt: AttemptBounds, sizeBytes: number, dotMs: number): boolean {
  return leftMs(attempt) >= (sizeBytes / bounds.expectedRateBytesPerSecond) * 1000 + finalReplyMs(attempt, dotMs);
}

/** Whether the time left allows to send the end of the content. */
export function hasTimeForFinalReply(attempt: AttemptBounds, dotMs: number): boolean {
  return leftMs(attempt) >= finalReplyMs(attempt, dotMs);
}

function leftMs(attempt: AttemptBounds): number {
  return attempt.endsAt - performance.now();
}

function finalReplyMs(attempt: AttemptBounds, dotMs: number): number {
  const share = (attempt.endsAt - attempt.startedAt) * bounds.finalReplyFraction;
  return Math.min(dotMs, bounds.finalReplyMs, share);
}
