import type { Clock } from './ports/clock.ts';

/** Where work goes that takes long because somebody else does: it waits there without a slot. */
export type SlowRoom = {
  /** `release` gives the slot of the work back. It is called once: when the work ends, or when it has moved here before. */
  watch(work: Promise<void>, release: () => void): void;
};

type Entry = { readonly slowAt: number; readonly release: () => void };

/**
 * Work that has not ended `slowAfterMs` after its beginning is slow, and gives its slot to the next, so that a thousand servers
 * that drip a byte now and then do not keep mail for the others waiting. At most `places` are here at a time; who becomes
 * slow when they are taken keeps the slot until one is free, the oldest first.
 */
export function createSlowRoom(places: number, slowAfterMs: number, clock: Clock): SlowRoom {
  // In the order in which they become slow, which is that of insertion.
  const brisk = new Set<Entry>();
  let slow = 0;
  let looking = false;

  function moveOver(): void {
    const now = clock.now();
    for (const entry of brisk) {
      if (slow >= places || entry.slowAt > now) return;
      brisk.delete(entry);
      slow++;
      entry.release();
    }
  }

  // One timer for all: most work ends long before its own would ring.
  async function look(): Promise<void> {
    looking = true;
    for (let [oldest] = brisk; oldest !== undefined && slow < places; [oldest] = brisk) {
      await clock.sleep(oldest.slowAt - clock.now());
      moveOver();
    }
    looking = false;
  }

  function end(entry: Entry): void {
    if (brisk.delete(entry)) return entry.release();
    slow--;
    if (!looking) void look();
  }

  return {
    watch(work, release) {
      const entry = { slowAt: clock.now() + slowAfterMs, release };
      brisk.add(entry);
      void work.finally(() => end(entry));
      if (!looking) void look();
    },
  };
}
