import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

import { attacksOn } from './support/attack-texts.ts';
import { regexLiterals } from './support/regex-literals.ts';

const root = path.resolve(import.meta.dirname, '..');
const mostMs = 50;
const tries = 3;
// They grow slowly, so that an expression which takes exponential time is found before it takes for ever.
const lengths = [20, 30, 40, 400, 10_000, 64 * 1024];

const files = readdirSync(path.join(root, 'functions'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(path.join(root, 'functions', name), 'utf8') }));

// The same expression in two places costs the same.
const expressions = new Map(
  files.flatMap(({ name, text }) =>
    regexLiterals(text).map(({ line, pattern, flags }) => [
      `/${pattern}/${flags}`,
      { place: `${name}:${line}`, pattern, flags },
    ]),
  ),
);

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

describe('the scanner of regular expressions', () => {
  it('tells literals from divisions, comments, strings and templates', () => {
    const source = [
      'const half = total / 2 / rate; // not /this/',
      'const text = \'nor /this/\' + "or /this/" + `nor /this/ ${value.replace(/b\\/[/]c/g, `${/d/}`)} nor /this/`;',
      '/* nor /this/ */ return /a{2}/iu.test(text) ? [/^e$/, (x) / 3] : { key: /f/ };',
    ].join('\n');
    expect(regexLiterals(source)).toEqual([
      { line: 2, pattern: 'b\\/[/]c', flags: 'g' },
      { line: 2, pattern: 'd', flags: '' },
      { line: 3, pattern: 'a{2}', flags: 'iu' },
      { line: 3, pattern: '^e$', flags: '' },
      { line: 3, pattern: 'f', flags: '' },
    ]);
  });

  it('finds those of all rooms, and as many as a plain search for their use does', () => {
    expect(expressions.size).toBeGreaterThan(80);
    const uses = files.flatMap(({ text }) =>
      Array.from(text.matchAll(/(?<=[ (])\/\S.*?\/[a-z]*(?=\.(?:test|exec)\()/g)),
    );
    expect(uses.length).toBeGreaterThan(20);
    for (const [use] of uses) expect(expressions.has(use), use).toBe(true);
  });

  it('finds all that there are: none is made from text but those of a fixed form', () => {
    const made = files.flatMap(({ name, text }) =>
      Array.from(text.matchAll(/RegExp\([^)]*\)/g), ([call]) => `${name}: ${call}`),
    );
    expect(made).toEqual(["mime/dkim-sign.ts: RegExp(`.{1,${foldColumns}}`, 'g')"]);
  });
});

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
  it.each(['(?:\\r\\n)+$', '^(?:a+)+$', '\\s*,', '^(.*?,){8}x'])('which the measure says %s does not', (pattern) => {
    expect(dearest({ pattern, flags: '' }).ms).toBeGreaterThanOrEqual(mostMs);
  });

  it.each([...expressions])('%s', (_, expression) => {
    const { ms, text } = dearest(expression);
    expect(ms, `${expression.place} on ${text}`).toBeLessThan(mostMs);
  });
});
