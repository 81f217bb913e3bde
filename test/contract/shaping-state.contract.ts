import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { SlotHolders } from '../../functions/core/shaping/connection-slots.ts';
import type { ShapingState } from '../../functions/core/ports/shaping-state.ts';
import { evenRate } from '../../functions/core/shaping/rate.ts';
import { createHeldClock, shapingFor } from '../support/shaping.ts';
import { now } from './samples.ts';

export type ShapingStateBench = {
  /** What another worker would use on the same store. */
  readonly make: () => ShapingState;
  readonly purges: boolean;
  readonly dispose: () => Promise<void>;
};

const refused = { kind: 'refused', reason: 'throttled', askedMs: null } as const;
const answered = { kind: 'answered' } as const;
const later = now + 3_600_000;

/** What the store of shared records promises, and what workers on one store hold each other to. */
export function describeShapingState(name: string, open: () => Promise<ShapingStateBench>): void {
  describe(`shared records on ${name}`, () => {
    let bench: ShapingStateBench;
    let clock: ReturnType<typeof createHeldClock>;
    beforeEach(async () => {
      bench = await open();
      clock = createHeldClock(now);
    });
    afterEach(() => bench.dispose());

    const workers = (count: number, policy = {}) =>
      Array.from({ length: count }, (_, index) =>
        shapingFor({ clock, state: bench.make(), policy, holder: `worker ${index}` }),
      );

    it('are there for others as they were written', async () => {
      const [first, other] = [bench.make(), bench.make()];
      expect(await other.read('a')).toBeNull();
      expect(await first.replace('a', { version: 1, value: { text: 'ä', list: [1, null] } }, later)).toBe(true);
      expect(await other.read('a')).toEqual({ version: 1, value: { text: 'ä', list: [1, null] } });
      expect(await other.read('b')).toBeNull();
    });

    it('are changed only by who has seen the last version', async () => {
      const [first, other] = [bench.make(), bench.make()];
      await first.replace('a', { version: 1, value: 1 }, later);
      expect(await other.replace('a', { version: 1, value: 2 }, later)).toBe(false);
      expect(await other.replace('a', { version: 3, value: 2 }, later)).toBe(false);
      expect(await other.replace('b', { version: 2, value: 2 }, later)).toBe(false);
      expect(await other.replace('a', { version: 2, value: 2 }, later)).toBe(true);
      expect(await first.read('a')).toEqual({ version: 2, value: 2 });
    });

    it('let one of many writers through', async () => {
      const written = await Promise.all(
        Array.from({ length: 10 }, (_, value) => bench.make().replace('a', { version: 1, value }, later)),
      );
      expect(written.filter(Boolean)).toHaveLength(1);
      expect((await bench.make().read('a'))?.value).toBe(written.indexOf(true));
    });

    it('are forgotten after their time, and not before', async () => {
      if (!bench.purges) return;
      const state = bench.make();
      await state.replace('a', { version: 1, value: 1 }, now);
      await state.purge(now);
      expect(await state.read('a')).not.toBeNull();
      await state.purge(now + 1);
      expect(await state.read('a')).toBeNull();
    });

    it('keep every worker from a provider that refused one of them, until one has probed', async () => {
      const all = workers(3);
      const ask = () =>
        Promise.all(all.map(({ shaper }) => shaper.admit('google', 'mx.google.com', clock.now() + 60_000)));
      const [first] = await ask();
      if (first?.kind === 'admitted') await first.end(refused);
      await clock.advance(5_000);
      expect(await ask()).toMatchObject(all.map(() => ({ kind: 'wait', why: 'circuit_open' })));
      await clock.advance(65_000);
      const probes = await ask();
      expect(probes.map(({ kind }) => kind).toSorted()).toEqual(['admitted', 'wait', 'wait']);
      for (const probe of probes) if (probe.kind === 'admitted') await probe.end(answered);
      await clock.advance(5_000);
      expect((await ask()).map(({ kind }) => kind)).toEqual(['admitted', 'admitted', 'admitted']);
    });

    it('give the connections of a provider to all workers together, and those of the dead to the living', async () => {
      const policy = { 'mx.example': { connections: 4 } };
      const stopped = createHeldClock(now);
      const dead = shapingFor({ clock: stopped, state: bench.make(), policy, holder: 'dead' });
      const living = workers(3, policy);
      const admissions = async (all: readonly (typeof dead)[]) => {
        const asked = [];
        for (const { shaper } of [...all, ...all]) {
          asked.push(await shaper.admit('mx.example', 'a.mx.example', clock.now() + 60_000));
        }
        return asked.filter((one) => one.kind === 'admitted');
      };
      expect(await admissions([dead])).toHaveLength(2);
      const held = await admissions(living);
      expect(held).toHaveLength(2);
      // A lease and more: those who live have said so meanwhile.
      for (let step = 0; step < 4; step++) {
        await clock.advance(21_000);
        await vi.waitFor(async () => {
          const holders = ((await bench.make().read('slots#mx.example'))?.value ?? {}) as SlotHolders;
          const renewed = Object.values(holders).filter(({ until }) => until === clock.now() + 60_000);
          expect(renewed.reduce((sum, { count }) => sum + count, 0)).toBe(2);
        });
      }
      const more = await admissions(living);
      expect(more).toHaveLength(2);
      expect(living.map(({ granted }) => granted('mx.example')).reduce((sum, count) => sum + count)).toBe(4);
      for (const admission of [...held, ...more]) await admission.end(answered);
    });

    it('keep the rate of a provider over all workers, and use it up', async () => {
      const all = workers(3, { 'mx.example': { rate: evenRate(40, 60_000) } });
      const passed: number[] = [];
      for (let minute = 0; minute < 2; minute++) {
        let count = 0;
        for (let second = 0; second < 60; second++) {
          for (const { shaper } of all) {
            const admission = await shaper.admit('mx.example', 'a.mx.example', clock.now() + 60_000);
            if (admission.kind === 'admitted') count++;
          }
          await clock.advance(1_000);
        }
        passed.push(count);
      }
      expect(
        passed.every((count) => count >= 36 && count <= 40),
        passed.join(', '),
      ).toBe(true);
    });
  });
}
