/** Room for so much work at a time. */
export type Slots = {
  /** Takes between one and `most` slots, as many as are free; waits for the first. Who came first is served first. */
  take(most: number): Promise<number>;
  free(count: number): void;
};

/** `count` slots, all free. */
export function createSlots(count: number): Slots {
  let open = count;
  const waiting: (() => void)[] = [];
  return {
    async take(most) {
      if (open === 0 || waiting.length > 0) {
        await new Promise<void>((resolve) => waiting.push(resolve));
        waiting.shift();
      }
      const taken = Math.min(most, open);
      open -= taken;
      if (open > 0) waiting[0]?.();
      return taken;
    },
    free(freed) {
      open += freed;
      if (open > 0) waiting[0]?.();
    },
  };
}
