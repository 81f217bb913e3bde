import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

import { timeSortableForm } from '../functions/core/time-sortable.ts';
import { elementForm } from '../functions/mime/address-list.ts';
import { attacksOn } from './support/attack-texts.ts';
import { regexLiterals } from './support/regex-literals.ts';

const root = path.resolve(import.meta.dirname, '..');
const mostMs = 50;
const tries = 3;
// They grow slowly, so that an expression which takes exponential time is found before it takes for ever.
const lengths = [20, 30, 40, 400, 10_000, 30_000, 64 * 1024];

const files = readdirSync(path.join(root, 'functions'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(path.join(root, 'functions', name), 'utf8') }));

type Expression = { readonly place: string; readonly pattern: string; readonly flags: string };

// What the few expressions that are made from text have in their gaps.
const gaps: Readonly<Record<string, string>> = {
  timeSortableForm,
  elementForm,
  '2 * generatedBytes': '40',
  version: 'DKIM1',
  foldColumns: '72',
};

function literalsIn({ name, text }: (typeof files)[number]): Expression[] {
  return regexLiterals(text).map(({ line, pattern, flags }) => ({ place: `${name}:${line}`, pattern, flags }));
}

function madeIn({ name, text }: (typeof files)[number]): Expression[] {
  const calls = Array.from(text.matchAll(/RegExp\(`((?:[^`\\]|\\.)*)`(?:, '([a-z]*)')?\)/g));
  return calls.map(([, template = '', flags = '']) => {
    const filled = template.replaceAll(/\$\{([^}]*)\}/g, (_, gap: string) => gaps[gap] ?? `?${gap}?`);
    return { place: name, pattern: filled.replaceAll('\\\\', '\\'), flags };
  });
}

// The same expression in two places costs the same.
const expressions = new Map(
  files
    .flatMap((file) => [...literalsIn(file), ...madeIn(file)])
    .map((expression) => [`/${expression.pattern}/${expression.flags}`, expression]),
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

  it('finds those of all rooms, and every one that is used where it stands', () => {
    expect(expressions.size).toBeGreaterThan(80);
    const uses = files.flatMap(({ text }) =>
      Array.from(text.matchAll(/\/[a-z]*(?=\.(?:test|exec)\()/g), ({ index, 0: end }) =>
        text.slice(0, index + end.length),
      ),
    );
    expect(uses.length).toBeGreaterThan(20);
    for (const use of uses)
      expect(
        [...expressions.keys()].some((literal) => use.endsWith(literal)),
        use.slice(-80),
      ).toBe(true);
  });

  it('misses none that is made from text: each is a template whose gaps are known', () => {
    const calls = files.flatMap(({ text }) => Array.from(text.matchAll(/\bRegExp\(/g)));
    const made = files.flatMap(madeIn);
    expect(made).toHaveLength(calls.length);
    expect(made.filter(({ pattern }) => /\?[\w *]+\?/.test(pattern))).toEqual([]);
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
