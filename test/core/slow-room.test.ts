import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createSlowRoom } from '../../functions/core/slow-room.ts';
import { createManualClock } from '../support/manual-clock.ts';

const slowAfterMs = 1_000;

it('work gives its slot back once: when it ends, or when it is slow and a place is free', async () => {
  const clock = createManualClock();
  const room = createSlowRoom(1, slowAfterMs, clock);
  const released: string[] = [];
  const begin = (name: string): (() => Promise<void>) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    room.watch(promise, () => released.push(name));
    return async () => {
      resolve();
      await clock.advance(0);
    };
  };
  const [endFirst, endSecond, endBrisk] = [begin('first'), begin('second'), begin('brisk')];
  await endBrisk();
  expect(released).toEqual(['brisk']);
  await clock.advance(slowAfterMs - 1);
  expect(released).toEqual(['brisk']);
  await clock.advance(1);
  expect(released).toEqual(['brisk', 'first']);
  await clock.advance(slowAfterMs);
  expect(released).toEqual(['brisk', 'first']);
  await endFirst();
  expect(released).toEqual(['brisk', 'first', 'second']);
  await endSecond();
  expect(released).toEqual(['brisk', 'first', 'second']);
});

it('nobody keeps a slot for longer than the limit while there is a place, and none is ever overfilled', async () => {
  const works = fc.array(fc.record({ startsAt: fc.nat(5_000), takes: fc.nat(6_000) }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(works, fc.integer({ min: 0, max: 3 }), async (plan, places) => {
      const clock = createManualClock();
      const room = createSlowRoom(places, slowAfterMs, clock);
      const states = plan.map(() => ({ ended: false, releases: 0 }));
      const start = async (index: number): Promise<void> => {
        const { startsAt, takes } = plan[index] ?? { startsAt: 0, takes: 0 };
        const state = states[index] ?? { ended: false, releases: 0 };
        await clock.sleep(startsAt);
        const work = async (): Promise<void> => {
          await clock.sleep(takes);
          state.ended = true;
        };
        room.watch(work(), () => state.releases++);
      };
      for (const index of plan.keys()) void start(index);
      for (let elapsed = 0; elapsed <= 11_000; elapsed += 250) {
        const slow = states.filter(({ ended, releases }) => !ended && releases > 0).length;
        const kept = plan.filter(
          ({ startsAt }, index) => elapsed - startsAt > slowAfterMs + 250 && states[index]?.releases === 0,
        ).length;
        expect(slow).toBeLessThanOrEqual(places);
        if (kept > 0) expect(slow).toBe(places);
        await clock.advance(250);
      }
      expect(states.map(({ releases }) => releases)).toEqual(plan.map(() => 1));
    }),
    { numRuns: 60 },
  );
});
