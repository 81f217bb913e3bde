import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { listedFaults } from './support/fault-list.ts';

it('Every row of the fault list has a test that names it', () => {
  const named = namedRows();
  expect(listedFaults().filter((row) => !named.has(row))).toEqual([]);
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
