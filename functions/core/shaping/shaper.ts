import type { Circuits } from './circuits.ts';
import type { ConnectionSlots } from './connection-slots.ts';
import type { GroupSignal } from './group-signal.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { Shape } from './shape.ts';
import type { SharedRates } from './shared-rates.ts';

/** Why a group is not connected to now, and when to come again: at `until`, or at `soonest` if the mail has not so long. */
export type Wait = {
  readonly kind: 'wait';
  readonly why: 'circuit_open' | 'rate_used_up' | 'connections_in_use';
  readonly until: number;
  readonly soonest: number;
};

/** An attempt that may connect to a group, once; `end` tells what came of it, and always has to be called. */
export type Admitted = { readonly kind: 'admitted'; end(signal: GroupSignal): Promise<void> };

/** Asked before an attempt connects to the first host of a group. */
export type Shaper = {
  /** `deadline`: when the attempt is over at the latest. Never rejects: limits that cannot be looked up stop no mail. */
  admit(group: string, host: string, deadline: number): Promise<Admitted | Wait>;
};

export type ShaperPorts = {
  readonly circuits: Circuits;
  readonly rates: SharedRates;
  readonly slots: ConnectionSlots;
  readonly shapeOf: (group: string, host: string) => Shape;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** After a store that was out of reach, so long nobody asks it. */
const unshapedMs = 5_000;

/** Circuits first, for nothing is worth knowing of a group that is left alone; the probe last, for it must not be wasted. */
export function createShaper(ports: ShaperPorts): Shaper {
  const { circuits, rates, slots, clock, random, log } = ports;
  let failedAt = -Infinity;

  function failed(error: unknown): void {
    log.warn('shaping_unavailable', { why: String(error) });
    failedAt = clock.now();
  }

  async function admit(group: string, host: string, deadline: number): Promise<Admitted | Wait> {
    const standing = await circuits.standing(group);
    if (standing.kind === 'open') return waitUntil('circuit_open', standing.until, limits.circuitSpreadMs);
    const { rate, connections, connectionsShared } = ports.shapeOf(group, host);
    const needsSlot = connections !== null && connectionsShared;
    if (needsSlot && !(await slots.take(group, connections))) {
      return waitUntil('connections_in_use', clock.now() + limits.slotWaitMs / 2, limits.slotWaitMs / 2);
    }
    const give = (): void => void (needsSlot && slots.give(group));
    try {
      const turn = rate === null ? null : await rates.take(group, rate);
      if (turn?.kind === 'wait') {
        give();
        return { ...turn, why: 'rate_used_up' };
      }
      const probes = standing.kind === 'due';
      if (probes && !(await circuits.takeProbe(group, deadline))) {
        give();
        return waitUntil('circuit_open', clock.now() + limits.probeWaitMs, limits.circuitSpreadMs);
      }
      return { kind: 'admitted', end: (signal) => end(group, signal, probes, give) };
    } catch (error) {
      give();
      throw error;
    }
  }

  async function end(group: string, signal: GroupSignal, probes: boolean, give: () => void): Promise<void> {
    give();
    try {
      await circuits.report(group, signal, probes);
    } catch (error) {
      failed(error);
    }
  }

  function waitUntil(why: Wait['why'], at: number, spreadMs: number): Wait {
    return { kind: 'wait', why, until: Math.round(at + random.fraction() * spreadMs), soonest: at };
  }

  return {
    async admit(group, host, deadline) {
      if (Math.abs(clock.now() - failedAt) < unshapedMs) return unshaped;
      try {
        return await admit(group, host, deadline);
      } catch (error) {
        failed(error);
        return unshaped;
      }
    },
  };
}

const unshaped: Admitted = { kind: 'admitted', end: async () => undefined };
