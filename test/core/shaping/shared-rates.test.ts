import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../../functions/adapters/random-system.ts';
import { evenRate, type Rate } from '../../../functions/core/shaping/rate.ts';
import { createSharedRates } from '../../../functions/core/shaping/shared-rates.ts';
import { now } from '../../contract/samples.ts';
import { createHeldClock, createMemoryShapingState } from '../../support/shaping.ts';

const minute = 60_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function world(workers = 2) {
  const clock = createHeldClock(now);
  const state = createMemoryShapingState();
  const ports = { state, clock, random: systemRandom, log: silent };
  const all = Array.from({ length: workers }, () => createSharedRates(ports));
  const take = async (rate: Rate, count: number) => {
    const standings = [];
    for (let index = 0; index < count; index++) standings.push(await all[index % workers]?.take('a', rate));
    return standings.filter((standing) => standing !== undefined);
  };
  return { clock, state, all, take };
}

const passed = (standings: readonly { readonly kind: string }[]) =>
  standings.filter(({ kind }) => kind === 'go').length;

/** The most of these times that lie within some stretch of `periodMs`. */
function mostWithin(times: readonly number[], periodMs: number): number {
  let first = 0;
  return times.reduce((most, at, index) => {
    while ((times[first] ?? at) <= at - periodMs) first++;
    return Math.max(most, index - first + 1);
  }, 0);
}

describe('a rate that workers share', () => {
  it('is never exceeded in any minute, however mail comes and whoever asks', { timeout: 30_000 }, async () => {
    const phase = fc.record({ seconds: fc.integer({ min: 1, max: 70 }), perStep: fc.integer({ min: 0, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(7, 10, 60, 600, 3_000),
        fc.array(phase, { minLength: 1, maxLength: 4 }),
        async (workers, messages, phases) => {
          const { clock, all } = world(workers);
          const times: number[] = [];
          for (const { seconds, perStep } of phases) {
            for (let step = 0; step < seconds * 2; step++) {
              for (let index = 0; index < perStep; index++) {
                const standing = await all[index % workers]?.take('a', evenRate(messages, minute));
                if (standing?.kind === 'go') times.push(clock.now());
              }
              await clock.advance(500);
            }
          }
          expect(mostWithin(times, minute)).toBeLessThanOrEqual(messages);
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each([
    [10, 1],
    [60, 1],
    [60, 4],
    [600, 1],
    [600, 6],
  ])('of %i a minute is used up to nine tenths by %i workers with a backlog', async (messages, workers) => {
    const { clock, all } = world(workers);
    let count = 0;
    // What waits is looked for each second, by workers whose seconds are not the same.
    for (let step = 0; step < 5 * 60 * workers; step++) {
      for (let index = 0; index < 20; index++) {
        const standing = await all[step % workers]?.take('a', evenRate(messages, minute));
        if (standing?.kind === 'go') count++;
      }
      await clock.advance(1_000 / workers);
    }
    expect(count).toBeGreaterThanOrEqual(0.9 * 5 * messages);
  });

  it('takes as much as it uses, so that light traffic of many is not held up by what others have in hand', async () => {
    const { clock, take } = world(6);
    let count = 0;
    for (let second = 0; second < 60; second++) {
      count += passed(await take(evenRate(600, minute), 6));
      await clock.advance(1_000);
    }
    expect(count).toBe(360);
  });

  it('costs a write for several messages where many come', async () => {
    const { clock, state, take } = world(3);
    let count = 0;
    for (let step = 0; step < 600; step++) {
      count += passed(await take(evenRate(6_000, minute), 12));
      await clock.advance(100);
    }
    expect(count).toBeGreaterThan(5_400);
    expect(state.writes()).toBeLessThan(count / 8);
  });

  it('spreads what has to wait over the time in which there will be room', async () => {
    const { take } = world();
    const waits = (await take(evenRate(10, minute), 21)).filter((standing) => standing.kind === 'wait');
    expect(waits).toHaveLength(20);
    // Each of the two workers knows of its own ten; 9.65 go in a minute, and a second early is early enough.
    const place = (index: number) => Math.ceil((index * minute) / 9.65 - 1_000);
    const untils = waits.map(({ until }) => until - now).toSorted((a, b) => a - b);
    const ofOne = untils.filter((_, index) => index % 2 === 0);
    expect(ofOne).toEqual(Array.from({ length: 10 }, (_, index) => place(index + 1)));
    expect(waits.every(({ soonest }) => soonest - now === place(1))).toBe(true);
  });

  it('makes nobody wait for longer than a place when the clock was set back', async () => {
    const { clock, take } = world();
    const rate = evenRate(10, minute);
    expect(passed(await take(rate, 1))).toBe(1);
    await clock.advance(-60 * minute);
    expect(await take(rate, 1)).toMatchObject([
      { kind: 'wait', soonest: Math.ceil(now - 60 * minute + minute / 9.65) },
    ]);
    await clock.advance(minute / 9.65 + 1);
    expect(passed(await take(rate, 4))).toBe(1);
  });
});
