import type { Clock } from '../../functions/core/ports/clock.ts';

export type ManualClock = Clock & {
  /** Lets so much time pass, waking sleepers in their order and letting each do what it does. */
  advance(ms: number): Promise<void>;
};

type Sleeper = { readonly wakesAt: number; readonly wake: () => void };

/** Time that passes when the test says so. */
export function createManualClock(): ManualClock {
  const sleepers = new Set<Sleeper>();
  let now = 0;

  function wakeNext(until: number): boolean {
    const [next] = [...sleepers].toSorted((one, other) => one.wakesAt - other.wakesAt);
    if (next === undefined || next.wakesAt > until) return false;
    now = Math.max(now, next.wakesAt);
    next.wake();
    return true;
  }

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper: Sleeper = { wakesAt: now + Math.max(0, ms), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake);
        if (signal?.aborted === true) wake();
      }),
    async advance(ms) {
      const until = now + ms;
      do await settled();
      while (wakeNext(until));
      now = until;
    },
  };
}

/** Whatever promises have in hand is done by the next turn of the event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
