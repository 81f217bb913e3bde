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
  const running = new Map<Name, Promise<Value>>();
  let generation = 0;
  return {
    async read(name) {
      const known = remembered.get(name);
      if (known !== undefined && clock.now() < known.until) return known.value;
      // Many who ask at once are answered by one read.
      const asked = running.get(name);
      if (asked !== undefined) return await asked;
      const begun = generation;
      const reading = read(name).finally(() => {
        if (running.get(name) === reading) running.delete(name);
      });
      running.set(name, reading);
      const value = await reading;
      if (remembered.size >= mostRemembered) remembered.clear();
      // What was read before a change must not outlive it.
      if (begun === generation) remembered.set(name, { value, until: clock.now() + rememberedMs });
      return value;
    },
    forget() {
      generation++;
      running.clear();
      remembered.clear();
    },
  };
}
