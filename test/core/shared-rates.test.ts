import { describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createSharedRates } from '../../functions/core/shared-rates.ts';
import { now } from '../contract/samples.ts';
import { createHeldClock, createMemoryShapingState } from '../support/shaping.ts';

const minute = 60_000;
const rate = { messages: 10, periodMs: minute };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function world() {
  const clock = createHeldClock(now);
  const ports = { state: createMemoryShapingState(), clock, random: systemRandom, log: silent };
  const workers = [createSharedRates(ports), createSharedRates(ports)];
  const take = async (count: number) => {
    const standings = [];
    for (let index = 0; index < count; index++) standings.push(await workers[index % 2]?.take('a', rate));
    return standings.filter((standing) => standing !== undefined);
  };
  return { clock, take };
}

const passed = (standings: readonly { readonly kind: string }[]) =>
  standings.filter(({ kind }) => kind === 'go').length;

describe('a rate that workers share', () => {
  it('has windows that follow one another, whenever their first message comes', async () => {
    const { clock, take } = world();
    expect(passed(await take(12))).toBe(10);
    await clock.advance(2 * minute + 20_000);
    const second = await take(12);
    expect(passed(second)).toBe(10);
    expect(second.at(-1)).toMatchObject({ kind: 'wait', soonest: now + 3 * minute });
    await clock.advance(40_000);
    expect(passed(await take(12))).toBe(10);
  });

  it('spreads what has to wait over the time in which there will be room', async () => {
    const { take } = world();
    const waits = (await take(30)).filter((standing) => standing.kind === 'wait');
    expect(waits).toHaveLength(20);
    // Each of the two workers knows of its own ten.
    const untils = waits.map(({ until }) => until - now - minute).toSorted((a, b) => a - b);
    expect(untils.filter((_, index) => index % 2 === 0)).toEqual(Array.from({ length: 10 }, (_, i) => (i + 1) * 6_000));
  });

  it('makes nobody wait for longer than a window when the clock was set back, and keeps its count', async () => {
    const { clock, take } = world();
    await take(10);
    await clock.advance(-60 * minute);
    const [standing] = await take(1);
    expect(standing).toMatchObject({ kind: 'wait', soonest: now - 59 * minute });
    await clock.advance(minute);
    expect(passed(await take(12))).toBe(10);
  });
});
