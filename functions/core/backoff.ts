import type { Clock } from './ports/clock.ts';

/** What has failed is left alone for a while, which doubles with every failure until something succeeds. */
export type Backoff = {
  failed(): void;
  succeeded(): void;
  /** Resolves when the pause since the last failure is over, or at once when `signal` is aborted. */
  pause(signal: AbortSignal): Promise<void>;
};

const firstPauseMs = 200;
const longestPauseMs = 30_000;

/** Nothing is paused for until something has failed. */
export function createBackoff(clock: Clock): Backoff {
  let failures = 0;
  let until = 0;
  return {
    failed() {
      until = clock.now() + Math.min(firstPauseMs * 2 ** failures, longestPauseMs);
      failures++;
    },
    succeeded() {
      failures = 0;
      until = 0;
    },
    async pause(signal) {
      const leftMs = until - clock.now();
      // A clock that was set back must not make the pause longer.
      if (leftMs > 0) await clock.sleep(Math.min(leftMs, longestPauseMs), signal);
    },
  };
}
