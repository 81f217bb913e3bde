/** So many messages in such a time. */
export type Rate = { readonly messages: number; readonly periodMs: number };

const minuteMs = 60_000;
const windowMinutes = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1_440] as const;
const leastMessages = 10;
const mostLost = 0.02;

/**
 * The same rate over a shorter time, so that an hour's messages do not go in its first minute: the shortest window in which
 * there are ten or more, and rounding down loses at most two in a hundred. None is shorter than a minute, for that is how
 * often a sweep looks. Pure.
 */
export function windowOf({ messages, periodMs }: Rate): Rate {
  for (const minutes of windowMinutes) {
    const windowMs = minutes * minuteMs;
    if (windowMs >= periodMs) break;
    const exact = (messages * windowMs) / periodMs;
    const whole = Math.floor(exact);
    if (whole >= leastMessages && exact - whole <= exact * mostLost) return { messages: whole, periodMs: windowMs };
  }
  return { messages, periodMs };
}
