import { classify } from '../../functions/bounce/classify.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import type { SharingPorts } from '../../functions/core/shaping/circuit-records.ts';
import { createCircuits } from '../../functions/core/shaping/circuits.ts';
import { createConnectionSlots } from '../../functions/core/shaping/connection-slots.ts';
import type { ShapingPorts } from '../../functions/core/shaping/host-visits.ts';
import type { Outcome } from '../../functions/core/outcome.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import type { SharedRecord, ShapingState } from '../../functions/core/ports/shaping-state.ts';
import type { Postponement } from '../../functions/core/postpone.ts';
import { createShaper } from '../../functions/core/shaping/shaper.ts';
import { shapeOf, type ShapingPolicy } from '../../functions/core/shaping/shape.ts';
import { createSharedRates } from '../../functions/core/shaping/shared-rates.ts';
import type { SourceAddress } from '../../functions/core/shaping/source-address.ts';

/** Shared records in memory, held by the contract like the others; `writes` counts those that were made. */
export function createMemoryShapingState(): ShapingState & {
  readonly writes: () => number;
  readonly reads: () => number;
} {
  const records = new Map<string, { readonly record: SharedRecord; readonly keepUntil: number }>();
  const counts = { writes: 0, reads: 0 };
  return {
    async read(name) {
      counts.reads++;
      return structuredClone(records.get(name)?.record ?? null);
    },
    async replace(name, record, keepUntil) {
      if ((records.get(name)?.record.version ?? 0) !== record.version - 1) return false;
      counts.writes++;
      records.set(name, { record: structuredClone(record), keepUntil });
      return true;
    },
    async purge(now) {
      for (const [name, { keepUntil }] of records) if (keepUntil < now) records.delete(name);
    },
    writes: () => counts.writes,
    reads: () => counts.reads,
  };
}

/** A clock that moves only when it is told to, and with it those who sleep; a second or less passes at once. */
export function createHeldClock(startMs: number): Clock & { advance(ms: number): Promise<void> } {
  let now = startMs;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    async sleep(ms, signal) {
      if (ms <= 1_000 || signal?.aborted) return await turn();
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper = { at: now + ms, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', () => resolve());
      await promise;
      sleepers.delete(sleeper);
    },
    async advance(ms) {
      now += ms;
      for (const { at, wake } of sleepers) if (at <= now) wake();
      await turn();
    },
  };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One worker's shaping; workers that are given one `state` share their limits. */
export function shapingFor(given: {
  readonly clock: Clock;
  readonly state?: ShapingState;
  readonly policy?: ShapingPolicy;
  readonly holder?: string;
  readonly sources?: readonly SourceAddress[];
  readonly log?: SharingPorts['log'];
}): ShapingPorts & Pick<ReturnType<typeof createConnectionSlots>, 'granted'> {
  const { clock, policy = {}, state = createMemoryShapingState(), log = silent } = given;
  const ports = { state, clock, random: systemRandom, log };
  const rates = createSharedRates(ports);
  const slots = createConnectionSlots(given.holder ?? 'one', ports);
  const shape = (group: string, host: string) => shapeOf(policy, group, host);
  const shaper = createShaper({ ...ports, circuits: createCircuits(ports), rates, slots, shapeOf: shape });
  return { shaper, rates, classify, sources: given.sources ?? [], granted: (group) => slots.granted(group) };
}

/** What an attempt that was not postponed came to. */
export function outcomesOf(result: readonly Outcome[] | Postponement): readonly Outcome[] {
  if ('kind' in result) throw new Error(`The attempt was postponed: ${result.why}.`);
  return result;
}
