import { setTimeout as sleep } from 'node:timers/promises';

/** A schedule of EventBridge; invocations that take longer than the interval overlap, as they do there. */
export type Schedule = {
  /** Ends it, and resolves when the invocations under way have ended. */
  stop(): Promise<void>;
};

export function startSchedule(everyMs: number, invoke: () => Promise<unknown>): Schedule {
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // The function's own reports keep what has failed.
      const one = invoke()
        .catch(() => undefined)
        .finally(() => running.delete(one));
      running.add(one);
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const runs = run();
  return {
    async stop() {
      stopping.abort();
      await runs;
      await Promise.all(running);
    },
  };
}
