import { describe, expect, it } from 'vitest';

import { expressions, madeIn, sources } from './support/expressions.ts';
import { regexLiterals } from './support/regex-literals.ts';

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
    const uses = sources.flatMap(({ text }) =>
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
    const calls = sources.flatMap(({ text }) => Array.from(text.matchAll(/\bRegExp\(/g)));
    const made = sources.flatMap(madeIn);
    expect(made).toHaveLength(calls.length);
    expect(made.filter(({ pattern }) => /\?[\w *]+\?/.test(pattern))).toEqual([]);
  });
});
