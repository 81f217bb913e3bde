import process from 'node:process';
import { describe, expect, it } from 'vitest';

import { attacksOn } from '../support/attack-texts.ts';
import { expressions } from '../support/expressions.ts';

const mostMs = 50;
const tries = 3;
// They grow slowly, so that an expression which takes exponential time is found before it takes for ever.
const lengths = [20, 30, 40, 400, 10_000, 30_000, 64 * 1024];

/** Milliseconds of this process that `work` takes: the least of several tries, for other work of the machine may fall into one. */
function cpuMs(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < tries && least >= mostMs; turn++) {
    const start = process.cpuUsage();
    work();
    least = Math.min(least, process.cpuUsage(start).user / 1_000);
  }
  return least;
}

/** What it costs to look for an expression in attack texts on it: the dearest, as soon as one is too dear. */
function dearest({ pattern, flags }: { readonly pattern: string; readonly flags: string }) {
  const once = new RegExp(pattern, flags);
  const every = new RegExp(pattern, flags.includes('g') ? flags : `${flags}g`);
  let most = { ms: 0, text: '' };
  for (const characters of lengths) {
    for (const text of attacksOn(once, characters)) {
      const ms = cpuMs(() => {
        text.search(once);
        text.replace(every, '');
      });
      if (ms > most.ms) most = { ms, text: `${JSON.stringify(text.slice(0, 40))}… ${JSON.stringify(text.slice(-4))}` };
      if (most.ms >= mostMs) return most;
    }
  }
  return most;
}

describe('a regular expression decides 64 KB of attack text in less than 50 ms (I25)', () => {
  it.each(['(?:\\r\\n)+$', '^(?:a+)+$', '\\s*,', '^(.*?,){8}x'])(
    'which the measure says %s does not',
    (pattern) => {
      expect(dearest({ pattern, flags: '' }).ms).toBeGreaterThanOrEqual(mostMs);
    },
    60_000,
  );

  it.each([...expressions])(
    '%s',
    (_, expression) => {
      const { ms, text } = dearest(expression);
      expect(ms, `${expression.place} on ${text}`).toBeLessThan(mostMs);
    },
    60_000,
  );
});
