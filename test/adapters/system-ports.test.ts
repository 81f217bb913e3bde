import { describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';

const longMs = 10 ** 12;

describe('the system clock', () => {
  it('tells the time in milliseconds since 1970', () => {
    expect(Number.isInteger(systemClock.now())).toBe(true);
    expect(systemClock.now()).toBeGreaterThan(Date.UTC(2025, 0));
  });

  it('sleeps at least as long as asked for, less the grain of a timer', async () => {
    const start = performance.now();
    await systemClock.sleep(30);
    expect(performance.now() - start).toBeGreaterThan(28);
  });

  it('wakes at once when told to, however long the sleep', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(longMs, stop.signal);
    stop.abort();
    expect(await sleeping).toBeUndefined();
    expect(await systemClock.sleep(longMs, stop.signal)).toBeUndefined();
  });

  it('does not take a sleep beyond the longest timer for none', async () => {
    const stop = new AbortController();
    let woken = false;
    const sleeping = (async () => {
      await systemClock.sleep(longMs, stop.signal);
      woken = true;
    })();
    await systemClock.sleep(20);
    expect(woken).toBe(false);
    stop.abort();
    await sleeping;
  });
});

describe('the system randomness', () => {
  it('gives as many bytes as asked for, never the same twice', () => {
    const drawn = Array.from({ length: 50 }, () => Buffer.from(systemRandom.bytes(16)).toString('hex'));
    expect(new Set(drawn).size).toBe(50);
    expect(drawn.every((text) => text.length === 32)).toBe(true);
  });

  it('gives fractions from 0 up to 1 that spread over all of it', () => {
    const drawn = Array.from({ length: 1_000 }, () => systemRandom.fraction());
    expect(drawn.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(Math.min(...drawn)).toBeLessThan(0.1);
    expect(Math.max(...drawn)).toBeGreaterThan(0.9);
  });
});
