import type { Clock } from '../core/ports/clock.ts';

/** What a process has read is believed for so long: what another process changes takes effect no later. */
const rememberedMs = 30_000;
const mostRemembered = 2_000;

/** Answers of `read` by name, remembered for half a minute or until `forget`. */
export function remember<Name, Value>(
  clock: Clock,
  read: (name: Name) => Promise<Value>,
): { readonly read: (name: Name) => Promise<Value>; readonly forget: () => void } {
  const remembered = new Map<Name, { readonly value: Value; readonly until: number }>();
  let generation = 0;
  return {
    async read(name) {
      const known = remembered.get(name);
      if (known !== undefined && clock.now() < known.until) return known.value;
      const begun = generation;
      const value = await read(name);
      if (remembered.size >= mostRemembered) remembered.clear();
      // What was read before a change must not outlive it.
      if (begun === generation) remembered.set(name, { value, until: clock.now() + rememberedMs });
      return value;
    },
    forget() {
      generation++;
      remembered.clear();
    },
  };
}
