import { describe, expect, it } from 'vitest';

import { createSharedRates } from '../../../functions/core/shaping/shared-rates.ts';
import { chooseSource, rankedSources, type SourceAddress } from '../../../functions/core/shaping/source-address.ts';
import { warmupMessages } from '../../../functions/core/shaping/warmup.ts';
import { systemRandom } from '../../../functions/adapters/random-system.ts';
import { createHeldClock, createMemoryShapingState } from '../../support/shaping.ts';

const day = 86_400_000;
const start = Date.parse('2026-03-01T00:00:00Z');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function sourceAt(ip: string, warmupFrom: number | null = null): SourceAddress {
  return { ip, ehloName: null, warmupFrom };
}

const pool = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((ip) => sourceAt(ip));
const recipients = Array.from({ length: 4_000 }, (_, index) => `user${index}@gmail.com`);
const firstOf = (sources: readonly SourceAddress[], recipient: string) =>
  rankedSources(sources, recipient, '198.51.100.1')[0]?.ip;

describe('the source address of a recipient', () => {
  it('is the same every time, and all of them have their share', () => {
    const counts = new Map<string, number>();
    for (const recipient of recipients) {
      const ip = firstOf(pool, recipient) ?? '';
      expect(firstOf(pool.toReversed(), recipient)).toBe(ip);
      counts.set(ip, (counts.get(ip) ?? 0) + 1);
    }
    for (const { ip } of pool) expect(Math.abs((counts.get(ip) ?? 0) - 1_000)).toBeLessThan(150);
  });

  it('changes for those alone whose address went away', () => {
    const fewer = pool.slice(1);
    const moved = recipients.filter((one) => firstOf(pool, one) !== firstOf(fewer, one));
    expect(moved.every((one) => firstOf(pool, one) === '192.0.2.1')).toBe(true);
  });

  it('is of the family of the host that is dialled', () => {
    const both = [sourceAt('192.0.2.1'), sourceAt('2001:db8::1')];
    expect(rankedSources(both, 'a', '2001:db8::25').map(({ ip }) => ip)).toEqual(['2001:db8::1']);
    expect(rankedSources(both, 'a', '198.51.100.1').map(({ ip }) => ip)).toEqual(['192.0.2.1']);
  });
});

describe('warming up', () => {
  it('begins with 50 messages, grows from day to day, and ends', () => {
    const days = Array.from({ length: 21 }, (_, index) => warmupMessages(index) ?? 0);
    expect(days.slice(0, 5)).toEqual([50, 100, 250, 500, 1_000]);
    expect(days.every((messages, index) => index === 0 || messages > (days[index - 1] ?? 0))).toBe(true);
    expect(warmupMessages(-1)).toBe(0);
    expect(warmupMessages(21)).toBeNull();
  });

  async function sentIn(sources: readonly SourceAddress[], count: number, group = 'google') {
    const clock = createHeldClock(start);
    const ports = { state: createMemoryShapingState(), clock, random: systemRandom, log: silent };
    const rates = createSharedRates(ports);
    const sent = { new: 0, known: 0, waiting: 0 };
    for (let hour = 0; hour < 24; hour++) {
      for (let index = 0; index < count; index++) {
        const choice = await chooseSource(sources, group, { rates, now: clock.now() });
        if (choice.kind === 'wait') sent.waiting++;
        else if (choice.kind === 'source') sent[choice.source.warmupFrom === null ? 'known' : 'new']++;
      }
      await clock.advance(day / 24);
    }
    return sent;
  }

  it('lets a new address send hardly less than its day allows, and the next in line the rest', async () => {
    expect(await sentIn([sourceAt('192.0.2.1', start), sourceAt('192.0.2.2')], 10)).toEqual({
      new: 48,
      known: 192,
      waiting: 0,
    });
    expect(await sentIn([sourceAt('192.0.2.1', start - day), sourceAt('192.0.2.2')], 10)).toMatchObject({ new: 95 });
  });

  it('lets mail wait when there are only new addresses', async () => {
    expect(await sentIn([sourceAt('192.0.2.1', start)], 10)).toEqual({ new: 48, known: 0, waiting: 192 });
  });

  it('has not begun before its day', async () => {
    const sources = [sourceAt('192.0.2.1', start + day), sourceAt('192.0.2.2')];
    expect(await sentIn(sources, 10)).toEqual({ new: 0, known: 240, waiting: 0 });
  });
});
