import type { PosternError } from './error.ts';

const firstDelayMs = 500;
const longestDelayMs = 20_000;
/** A server that asks for more patience than this gets none: the error says how long it asked for. */
const longestRetryAfterMs = 60_000;

export type RetryQuestion = {
  readonly error: PosternError;
  /** Attempts made so far, at least 1. */
  readonly attempts: number;
  readonly maxRetries: number;
  /** Whether sending it twice does nothing twice: a reading method, or an Idempotency-Key. */
  readonly repeatable: boolean;
  /** From 0 up to 1. */
  readonly random: number;
};

/** How long to wait before the next attempt; `null` when there is none to be made. Pure. */
export function retryDelayMs({ error, attempts, maxRetries, repeatable, random }: RetryQuestion): number | null {
  if (attempts > maxRetries || !error.retryable || !(repeatable || certainlyNotTaken(error))) return null;
  const retryAfterMs = error.retryAfterMs ?? 0;
  if (retryAfterMs > longestRetryAfterMs) return null;
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempts - 1));
  const jittered = ceiling / 2 + (ceiling / 2) * random;
  return retryAfterMs + (retryAfterMs > 0 ? jittered / 10 : jittered);
}

// Postern's own 409, 429 and 503 say that nothing was done; after silence or a 500 nobody knows.
function certainlyNotTaken({ status, code }: PosternError): boolean {
  return [409, 429, 503].includes(status) && code !== 'unexpected_answer';
}

/** Milliseconds that a Retry-After asks for (RFC 9110 §10.2.3: seconds, or a date); `null` for anything else. Pure. */
export function parseRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
