/** A share of memory for request bodies. */
export type ByteBudget = {
  /** Resolves when `bytes` are free, in the order of asking, with the function that gives them back (once; more often does nothing). */
  take(bytes: number): Promise<() => void>;
};

/**
 * Bounds what many requests hold at one time. Whoever finds too little waits; nobody overtakes, so that a large request is
 * not starved by small ones. A request larger than the whole budget is let in alone.
 */
export function createByteBudget(capacityBytes: number): ByteBudget {
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  let free = capacityBytes;

  function release(bytes: number): void {
    free += bytes;
    for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.bytes;
      next.start();
    }
  }

  return {
    async take(asked) {
      const bytes = Math.min(asked, capacityBytes);
      if (waiting.length > 0 || bytes > free) {
        const turn = Promise.withResolvers<void>();
        waiting.push({ bytes, start: turn.resolve });
        await turn.promise;
      } else {
        free -= bytes;
      }
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        release(bytes);
      };
    },
  };
}
