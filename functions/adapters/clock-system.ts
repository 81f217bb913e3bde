import type { Clock } from '../core/ports/clock.ts';

/** A timer beyond this fires at once instead (https://nodejs.org/api/timers.html). */
const longestTimerMs = 2 ** 31 - 1;

/** The clock of the operating system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    const aborted = (): boolean => signal?.aborted === true;
    for (let left = ms; left > 0 && !aborted(); left -= longestTimerMs) {
      await timer(Math.min(left, longestTimerMs), signal);
    }
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timeout);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timeout = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
