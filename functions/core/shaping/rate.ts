import { limits } from '../limits.ts';

/** No more than `messages` in any stretch of `periodMs`; `burst` of them may come at once, and the others evenly spread. */
export type Rate = { readonly messages: number; readonly periodMs: number; readonly burst: number };

/** A limit as receivers state it: little of it may come at once, for bursts are what they watch for. Pure. */
export function evenRate(messages: number, periodMs: number): Rate {
  return { messages, periodMs, burst: Math.max(1, Math.floor(messages * limits.burstFraction)) };
}

/**
 * The time from one message to the next where there is no end of them: what a burst leaves of the period, less what may come
 * early in it or was in somebody's hand when it began. Pure.
 */
export function intervalMs({ messages, periodMs, burst }: Rate): number {
  return periodMs / (messages * (1 - limits.rateSlackFraction) - (burst - 1));
}
