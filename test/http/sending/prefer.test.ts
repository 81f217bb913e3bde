import { describe, expect, it } from 'vitest';

import { waitOf } from '../../../functions/http/sending/prefer.ts';

describe('a Prefer header', () => {
  it.each([
    ['wait=10', 10],
    ['WAIT = 10', 10],
    ['wait="10"', 10],
    ['respond-async, wait=5', 5],
    ['wait=5;foo=bar, wait=7', 5],
    ['handling=lenient; wait=3', null],
    ['wait=600', 20],
    ['wait=0', null],
    ['wait', null],
    ['wait=', null],
    ['wait=soon', null],
    ['wait=-1', null],
    ['wait=1.5', null],
    ['wait=10 seconds', null],
    ['waiting=10', null],
    ['', null],
    [undefined, null],
  ])('%j asks to wait %s', (header, seconds) => {
    expect(waitOf(header)).toBe(seconds);
  });

  it('of 64 KB of attack text is read at once (I25)', () => {
    const units = [' ', 'a', ',', 'a=', 'wait="', ', wait '];
    const attacks = units.map((unit) => unit.repeat(Math.ceil(65_536 / unit.length)));
    for (const attack of [...attacks, `a${' '.repeat(65_536)}x`, `a=b${' '.repeat(65_536)}x`]) {
      const start = process.cpuUsage();
      waitOf(attack);
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(500);
    }
  });
});
