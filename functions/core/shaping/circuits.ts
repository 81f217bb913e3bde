import { boundedMap } from '../bounded-map.ts';
import { type Circuit, type CircuitStanding, closed, opened, probing, standingOf } from './circuit.ts';
import { createCircuitRecords, type SharingPorts } from './circuit-records.ts';
import type { GroupSignal } from './group-signal.ts';
import { limits } from '../limits.ts';
import type { Log } from '../ports/log.ts';

/** The circuits of all groups, as one worker sees them. */
export type Circuits = {
  /** As known for at most `limits.circuitSeenMs`. */
  standing(group: string): Promise<CircuitStanding>;
  /** Whether the probe of a circuit that is due is the caller's, until `until`. */
  takeProbe(group: string, until: number): Promise<boolean>;
  /** What an attempt has learnt; `probe`: it was the one that probes. Writes only what changes, and logs it. */
  report(group: string, signal: GroupSignal, probe: boolean): Promise<void>;
};

type Refusal = Extract<GroupSignal, { kind: 'refused' }>;
type Change = { readonly next: Circuit | null; readonly result: Circuit | null };

const unchanged: Change = { next: null, result: null };

export function createCircuits(ports: SharingPorts): Circuits {
  const { clock, random, log } = ports;
  const records = createCircuitRecords(ports);
  const failures = boundedMap<number>(limits.groupsHeld);

  async function refused(group: string, refusal: Refusal, probe: boolean): Promise<Circuit | null> {
    const count = (failures.get(group) ?? 0) + 1;
    failures.set(group, count);
    if (refusal.reason === 'unreachable' && !probe && count < limits.unreachableAttempts) return null;
    failures.delete(group);
    return await records.change(group, 'stored', (circuit) => {
      // Others that were under way when it opened say nothing new.
      if (circuit?.state === 'open' && !probe) return unchanged;
      const next = opened(circuit, refusal, clock.now(), random.fraction());
      return { next, result: next };
    });
  }

  async function endProbe(group: string, answered: boolean): Promise<Circuit | null> {
    return await records.change<Circuit | null>(group, 'stored', (circuit) => {
      if (circuit?.state !== 'open') return unchanged;
      const next = answered ? closed(circuit, clock.now()) : probing(circuit, null);
      return { next, result: answered ? next : null };
    });
  }

  async function changeAfter(group: string, signal: GroupSignal, probe: boolean): Promise<Circuit | null> {
    switch (signal.kind) {
      case 'refused':
        return await refused(group, signal, probe);
      case 'answered':
        failures.delete(group);
        return probe ? await endProbe(group, true) : null;
      case 'none':
        return probe ? await endProbe(group, false) : null;
    }
  }

  return {
    standing: async (group) => standingOf(await records.known(group), clock.now()),
    async takeProbe(group, until) {
      const taken = await records.change(group, 'known', (circuit) => {
        const isDue = circuit !== null && standingOf(circuit, clock.now()).kind === 'due';
        return isDue ? { next: probing(circuit, until), result: true } : { next: null, result: false };
      });
      return taken ?? false;
    },
    async report(group, signal, probe) {
      const changed = await changeAfter(group, signal, probe);
      if (changed !== null) tell(group, changed, clock.now(), log);
    },
  };
}

function tell(group: string, { state, reason, streak, until }: Circuit, now: number, log: Log): void {
  if (state === 'closed') log.info('circuit_closed', { group, reason, streak });
  else log.warn('circuit_opened', { group, reason, streak, open_ms: until - now });
}
