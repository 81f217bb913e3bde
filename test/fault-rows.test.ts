import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/** The rows of the fault list on SMTP and DNS, by letter: what is listed has a test that names it in its title. */
const rows: Readonly<Record<string, readonly (number | readonly [first: number, last: number])[]>> = {
  S: [[1, 8], [10, 18], 22, 23, [24, 26]],
  T: [
    [1, 11],
    [13, 17],
  ],
  A: [[1, 4]],
  M: [[1, 6]],
  R: [[1, 10], 12, 13],
  P: [[1, 2]],
  D: [[1, 9]],
  F: [
    [1, 4],
    [7, 9],
    [11, 13],
  ],
  N: [
    [1, 6],
    [8, 17],
    [19, 21],
  ],
};

it('Every row of the fault list has a test that names it', () => {
  const named = namedRows();
  const listed = Object.entries(rows).flatMap(([letter, ranges]) =>
    ranges.flatMap((range) => (typeof range === 'number' ? [range] : numbers(range)).map((row) => rowId(letter, row))),
  );
  expect(listed.filter((row) => !named.has(row))).toEqual([]);
});

/** The ids in parentheses within titles and table rows of tests: `(S24, S25)`. */
function namedRows(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.test.ts')) continue;
    const text = readFileSync(path.join(import.meta.dirname, name), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
    for (const [, title = ''] of text.matchAll(/'([^'\n]*\([^'\n]*\)[^'\n]*)'/g)) {
      for (const [, ids = ''] of title.matchAll(/\(([^()]*)\)/g)) {
        for (const [id] of ids.matchAll(/\b[A-Z]\d{2}\b/g)) found.add(id);
      }
    }
  }
  return found;
}

function numbers([first, last]: readonly [number, number]): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function rowId(letter: string, row: number): string {
  return `${letter}${String(row).padStart(2, '0')}`;
}
