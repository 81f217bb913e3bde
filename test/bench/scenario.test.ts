import { describe, expect, it } from 'vitest';

import { readScenario, usualScenario } from '../../bench/cost/scenario.ts';

describe('the options of the meter', () => {
  it('change the usual scenario', () => {
    expect(readScenario([])).toEqual(usualScenario);
    expect(readScenario(['--size=100000', '--batch=100', '--deferred=0', '--content=random'])).toEqual({
      ...usualScenario,
      sizeBytes: 100_000,
      perRequest: 100,
      deferredShare: 0,
      content: 'random',
    });
  });

  it.each([
    ['--deferred=2', '--deferred is 2, which is no such number.'],
    ['--mails=0', '--mails is 0, which is no such number.'],
    ['--size=large', '--size is large, which is no such number.'],
    ['--content=poetry', '--content is one of html, text, random.'],
    ['--colour=red', "Unknown option '--colour'"],
  ])('are refused when they mean nothing: %s', (option, why) => {
    expect(() => readScenario([option])).toThrow(why);
  });
});
