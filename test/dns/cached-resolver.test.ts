import { describe, expect, it } from 'vitest';

import type { DnsAbsence, DnsAnswer, Resolver } from '../../functions/core/ports/resolver.ts';
import { createCachedResolver } from '../../functions/dns/cached-resolver.ts';

const failure = { kind: 'failure', code: 'timeout', detail: 'X.' } as const;

function records(ttlSeconds: number, items: readonly string[] = ['8.8.4.4']): DnsAnswer<string> {
  return { kind: 'records', records: items, authenticated: false, ttlSeconds, canonicalName: 'x.test' };
}

function absent(ttlSeconds: number | null, kind: DnsAbsence['kind'] = 'nodata'): DnsAbsence {
  return { kind, authenticated: false, ttlSeconds };
}

/** A resolver whose questions wait until they are answered by hand, and a clock that is set by hand. */
function setUp(): {
  cached: Resolver;
  asked: { name: string; answer: (answer: DnsAnswer<string>) => void }[];
  at: (ms: number) => void;
} {
  let now = 0;
  const asked: { name: string; answer: (answer: DnsAnswer<string>) => void }[] = [];
  const ask = (name: string): Promise<DnsAnswer<string>> =>
    new Promise((resolve) => asked.push({ name, answer: resolve }));
  const resolver: Resolver = { mx: async () => absent(60), tlsa: async () => absent(60), a: ask, aaaa: ask, txt: ask };
  const clock = { now: () => now, sleep: async () => undefined };
  return { cached: createCachedResolver(resolver, clock), asked, at: (ms) => void (now = ms) };
}

/** How many milliseconds an answer is kept. */
async function keptMs(answer: DnsAnswer<string>): Promise<number> {
  const { cached, asked, at } = setUp();
  const first = cached.a('x.test', 1_000);
  asked[0]?.answer(answer);
  await first;
  for (const ms of [0, 4_999, 5_000, 29_999, 30_000, 59_999, 60_000, 299_999, 300_000, 3_599_999, 3_600_000]) {
    at(ms);
    void cached.a('X.test', ms + 1_000);
    if (asked.length > 1) return ms;
  }
  return Number.POSITIVE_INFINITY;
}

describe('an answer is kept', () => {
  it.each([
    [0, 5_000],
    [2 ** 31, 5_000],
    [2 ** 32 - 1, 5_000],
    [30, 30_000],
    [60, 60_000],
    [86_400, 3_600_000],
    [2 ** 31 - 1, 3_600_000],
  ])('with a time to live of %d s for %d ms (N21)', async (ttlSeconds, ms) => {
    expect(await keptMs(records(ttlSeconds))).toBe(ms);
  });

  it.each(['nxdomain', 'nodata'] as const)(
    'as long as its SOA record says, between 5 seconds and 5 minutes, when it is %s',
    async (kind) => {
      expect(await keptMs(absent(null, kind))).toBe(30_000);
      expect(await keptMs(absent(0, kind))).toBe(5_000);
      expect(await keptMs(absent(2 ** 31, kind))).toBe(5_000);
      expect(await keptMs(absent(60, kind))).toBe(60_000);
      expect(await keptMs(absent(86_400, kind))).toBe(300_000);
    },
  );

  it('not at all when it is a failure', async () => {
    expect(await keptMs(failure)).toBe(0);
  });

  it('apart from those of other types and names', async () => {
    const { cached, asked } = setUp();
    void cached.a('x.test', 1);
    void cached.aaaa('x.test', 1);
    void cached.txt('x.test', 1);
    void cached.a('y.test', 1);
    expect(asked.map(({ name }) => name)).toEqual(['x.test', 'x.test', 'x.test', 'y.test']);
  });

  it('until ten thousand newer ones push it out', async () => {
    const { cached, asked } = setUp();
    for (let index = 0; index <= 10_000; index++) {
      const answered = cached.a(`n${index}.test`, 1_000);
      asked.at(-1)?.answer(records(3_600));
      await answered;
    }
    void cached.a('n1.test', 1_000);
    expect(asked).toHaveLength(10_001);
    void cached.a('n0.test', 1_000);
    expect(asked).toHaveLength(10_002);
  });

  it('until newer ones push it out that fill eight million characters, however few they are', async () => {
    const { cached, asked } = setUp();
    const texts = Array.from({ length: 64 }, (_, index) => `${index} ${'x'.repeat(1_000)}`);
    const askAll = async (zones: number): Promise<void> => {
      for (let index = 0; index < zones; index++) {
        const before = asked.length;
        const answered = cached.txt(`n${index}.test`, 1_000);
        if (asked.length > before) asked.at(-1)?.answer(records(3_600, texts));
        await answered;
      }
    };
    await askAll(100);
    await askAll(100);
    expect(asked).toHaveLength(100);
    await askAll(200);
    void cached.txt('n199.test', 1_000);
    expect(asked).toHaveLength(200);
    void cached.txt('n0.test', 1_000);
    expect(asked).toHaveLength(201);
  });
});

describe('equal questions at the same time', () => {
  it('are asked once, and all get the answer', async () => {
    const { cached, asked } = setUp();
    const all = [cached.a('x.test', 1_000), cached.a('X.TEST', 1_001), cached.a('x.test', 2_000)];
    expect(asked).toHaveLength(1);
    asked[0]?.answer(records(60));
    expect(await Promise.all(all)).toEqual(Array(3).fill(records(60)));
  });

  it('are asked again for whoever has more time, when the first one ran out of it', async () => {
    const { cached, asked, at } = setUp();
    const hasty = cached.a('x.test', 1_000);
    const patient = [cached.a('x.test', 9_000), cached.a('x.test', 9_000)];
    at(1_000);
    asked[0]?.answer(failure);
    expect(await hasty).toEqual(failure);
    await Promise.resolve();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(records(60));
    expect(await Promise.all(patient)).toEqual([records(60), records(60)]);
  });

  it('do not make anybody wait beyond the own deadline', () => {
    const { cached, asked } = setUp();
    void cached.a('x.test', 9_000);
    void cached.a('x.test', 1_000);
    expect(asked).toHaveLength(2);
  });
});
