import { boundedMap } from '../bounded-map.ts';
import type { Circuit } from './circuit.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { SharedRecord, ShapingState } from '../ports/shaping-state.ts';
import { changeShared } from './shared-record.ts';

/** What everything that workers share stands on. */
export type SharingPorts = {
  readonly state: ShapingState;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** The circuits in store, and what this worker has seen of them. */
export type CircuitRecords = {
  /** As of `limits.circuitSeenMs` ago at the most. */
  known(group: string): Promise<Circuit | null>;
  /**
   * Changes a circuit by a rule, starting from what is `known` or from what is in store; `next: null` leaves it. `null` when
   * others kept changing it, who have learnt as much.
   */
  change<Result>(
    group: string,
    from: 'known' | 'stored',
    rule: (circuit: Circuit | null) => { readonly next: Circuit | null; readonly result: Result },
  ): Promise<Result | null>;
};

type Seen = { readonly record: SharedRecord | null; readonly at: number };

export function createCircuitRecords(ports: SharingPorts): CircuitRecords {
  const { state, clock } = ports;
  const seen = boundedMap<Seen>(limits.groupsHeld);
  return {
    async known(group) {
      const now = clock.now();
      const last = seen.get(group);
      if (last !== undefined && Math.abs(now - last.at) < limits.circuitSeenMs) return circuitIn(last.record);
      const record = await state.read(nameOf(group));
      seen.set(group, { record, at: now });
      return circuitIn(record);
    },
    async change<Result>(
      group: string,
      from: 'known' | 'stored',
      rule: (circuit: Circuit | null) => { readonly next: Circuit | null; readonly result: Result },
    ): Promise<Result | null> {
      const changed = await changeShared<Circuit, Result>(
        nameOf(group),
        from === 'known' ? seen.get(group)?.record : undefined,
        (circuit) => {
          const { next, result } = rule(circuit);
          if (next === null) return { kind: 'keep', result };
          return { kind: 'write', value: next, keepUntil: next.until + limits.circuitMemoryMs, result };
        },
        ports,
      );
      if (changed !== null) seen.set(group, { record: changed.record, at: clock.now() });
      return changed?.result ?? null;
    },
  };
}

function circuitIn(record: SharedRecord | null): Circuit | null {
  return (record?.value ?? null) as Circuit | null;
}

function nameOf(group: string): string {
  return `circuit#${group}`;
}
