import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { releaseGroup } from '../../../functions/core/shaping/release-rate.ts';
import { createReleases } from '../../../functions/core/shaping/releases.ts';
import { admissionOf, recipientOf } from '../../contract/samples.ts';

const rate = { perSecond: 20, burst: 1_200 };
const minuteMs = 60_000;

describe('the rate at which deferred mail goes on', () => {
  it('lets a burst go and spreads the rest over the time that follows', () => {
    const releases = createReleases(rate);
    const times = Array.from({ length: 1_203 }, () => releases.next('google', 0));
    expect(times.slice(0, 1_200).every((at) => at === 0)).toBe(true);
    expect(times.slice(1_200)).toEqual([50, 100, 150]);
  });

  it('counts each group for itself', () => {
    const releases = createReleases({ perSecond: 1, burst: 1 });
    expect(['a', 'a', 'b'].map((group) => releases.next(group, 0))).toEqual([0, 1_000, 0]);
  });

  it('gives room back as time passes, and no more than a burst', () => {
    const releases = createReleases({ perSecond: 1, burst: 2 });
    const freeAt = (now: number) => Array.from({ length: 4 }, () => releases.next('a', now)).filter((at) => at === now);
    expect([0, 1_000, 1_001, 500_000].map((now) => freeAt(now).length)).toEqual([2, 1, 0, 2]);
  });

  it.each([1_000, minuteMs])(
    'sends a backlog on at that rate, swept every %i ms, and puts each off about once',
    (everyMs) => {
      const releases = createReleases(rate);
      let waiting = Array.from({ length: 10_000 }, () => 0);
      const released: number[] = [];
      let putOff = 0;
      for (let now = 0; waiting.length > 0; now += everyMs) {
        const due = waiting.filter((at) => at <= now).map(() => releases.next('google', now));
        released.push(due.filter((at) => at <= now).length);
        const later = due.filter((at) => at > now);
        putOff += later.length;
        waiting = [...waiting.filter((at) => at > now), ...later];
      }
      const perRun = (rate.perSecond * everyMs) / 1_000;
      expect(released[0]).toBe(rate.burst);
      expect(Math.max(...released.slice(1))).toBeLessThanOrEqual(perRun);
      expect(released.length).toBeLessThanOrEqual(2 + Math.ceil((10_000 - rate.burst) / perRun));
      expect(putOff).toBeLessThan(1.1 * 10_000);
    },
  );

  it('never lets more go in any stretch of time than the burst and the rate allow', () => {
    const steps = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 5_000 }), count: fc.integer({ min: 0, max: 40 }) }),
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (runs, perSecond, burst) => {
        const releases = createReleases({ perSecond, burst });
        let now = 0;
        const log: number[] = [];
        for (const { wait, count } of runs) {
          now += wait;
          for (let index = 0; index < count; index++) {
            const at = releases.next('a', now);
            expect(at).toBeGreaterThanOrEqual(now);
            if (at === now) log.push(now);
          }
        }
        log.forEach((from, first) => {
          log.slice(first).forEach((to, more) => {
            expect(more + 1).toBeLessThanOrEqual(burst + ((to - from) / 1_000) * perSecond + 1e-6);
          });
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('the group of a delivery', () => {
  const delivery = (host: string | null) => {
    const recipient = recipientOf('bob@one.example');
    const attempts = recipient.attempts.map((attempt) => ({ ...attempt, host }));
    const [made] = admissionOf(['one.example'], { delivery: { recipients: [{ ...recipient, attempts }] } }).deliveries;
    if (made === undefined) throw new Error('It has one.');
    return made;
  };

  it.each([
    ['alt1.aspmx.l.google.com', 'google'],
    ['MX1.hoster.example', 'hoster.example'],
    [null, 'one.example'],
  ])('whose last attempt met %s is %s', (host, group) => {
    expect(releaseGroup(delivery(host))).toBe(group);
  });
});
