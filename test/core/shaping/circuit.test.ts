import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Circuit, closed, opened, probing, standingOf } from '../../../functions/core/shaping/circuit.ts';

const minute = 60_000;
const refusal = { reason: 'throttled', askedMs: null } as const;

describe('a circuit', () => {
  it('is open for a minute, then twice as long each time in a row, and an hour at the most', () => {
    let now = 0;
    let circuit: Circuit | null = null;
    const lengths: number[] = [];
    for (let time = 0; time < 8; time++) {
      circuit = opened(circuit, refusal, now, 0);
      lengths.push((circuit.until - now) / minute);
      now = circuit.until;
    }
    expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('stays open as long as the far side asked for, but no longer than an hour', () => {
    expect(opened(null, { ...refusal, askedMs: 5 * minute }, 0, 0).until).toBe(5 * minute);
    expect(opened(null, { ...refusal, askedMs: 1_000 }, 0, 0).until).toBe(minute);
    expect(opened(null, { ...refusal, askedMs: 600 * minute }, 0, 0).until).toBe(60 * minute);
  });

  it('goes on where it was when it opens soon after it closed, and begins anew after half an hour', () => {
    const before = closed(opened(opened(null, refusal, 0, 0), refusal, 0, 0), 0);
    expect(opened(before, refusal, 30 * minute - 1, 0).streak).toBe(3);
    expect(opened(before, refusal, 30 * minute, 0).streak).toBe(1);
    expect(standingOf(before, 1)).toEqual({ kind: 'closed' });
  });

  it('lets one probe once its time is over, and the next when that one has not answered in time', () => {
    const open = opened(null, refusal, 0, 0);
    expect(standingOf(open, minute - 1)).toEqual({ kind: 'open', until: minute });
    expect(standingOf(open, minute)).toEqual({ kind: 'due' });
    const taken = probing(open, 10 * minute);
    expect(standingOf(taken, minute)).toEqual({ kind: 'open', until: minute + 30_000 });
    expect(standingOf(taken, 10 * minute - 1)).toEqual({ kind: 'open', until: 10 * minute });
    expect(standingOf(taken, 10 * minute)).toEqual({ kind: 'due' });
    expect(standingOf(probing(taken, null), minute)).toEqual({ kind: 'due' });
  });

  it('is due when a clock that has been set back had opened it (Q17)', () => {
    const open = opened(null, refusal, 24 * 60 * minute, 0);
    expect(standingOf(open, 0)).toEqual({ kind: 'due' });
    expect(standingOf(opened(null, refusal, 5 * minute, 0), 0)).toEqual({ kind: 'open', until: 6 * minute });
  });

  it('never keeps anybody waiting for more than an hour and its jitter, whatever happens to it', () => {
    const step = fc.record({
      what: fc.constantFrom('refused', 'answered', 'probe'),
      afterMs: fc.integer({ min: 0, max: 3 * 60 * minute }),
      askedMs: fc.option(fc.integer({ min: 0, max: 1e9 })),
      fraction: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = 0;
        let circuit: Circuit | null = null;
        for (const { what, afterMs, askedMs, fraction } of steps) {
          now += afterMs;
          if (what === 'refused') circuit = opened(circuit, { reason: 'unreachable', askedMs }, now, fraction);
          else if (circuit !== null) circuit = what === 'answered' ? closed(circuit, now) : probing(circuit, now + 1e6);
          const standing = standingOf(circuit, now);
          if (standing.kind === 'open') expect(standing.until - now).toBeLessThanOrEqual(66 * minute);
          if (what === 'refused') expect(standing.kind).toBe('open');
        }
      }),
    );
  });
});
