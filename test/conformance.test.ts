import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { testFiles, titlesIn } from './support/test-titles.ts';

const root = path.resolve(import.meta.dirname, '..');
const rowCount = 60;
const word = '(?:MUST|MUST NOT|SHOULD|SHOULD NOT|MAY)';

type Row = {
  readonly id: string;
  readonly words: string;
  readonly where: string;
  readonly how: string;
  readonly files: readonly string[];
};

const rows: readonly Row[] = readFileSync(path.join(root, 'docs/conformance.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| C\d/.test(line))
  .map((line) => {
    const [id = '', words = '', , where = '', how = '', shownBy = ''] = line.slice(2, -2).split(' | ');
    return { id, words, where, how, files: Array.from(shownBy.matchAll(/`([^`]+)`/g), ([, file = '']) => file) };
  });
const met = rows.filter(({ how }) => !how.startsWith('not yet'));

describe('the table of conformance', () => {
  it('has every row once, in order', () => {
    const ids = Array.from({ length: rowCount }, (_, index) => `C${String(index + 1).padStart(2, '0')}`);
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  it.each(rows)('says of $id how much it is asked for, and where', ({ words, where }) => {
    expect(words).toMatch(new RegExp(`^${word}(?:, ${word})*$`));
    expect(where).toMatch(/^RFC \d+/);
  });

  it.each(met)('names for $id tests that name it', ({ id, how, files }) => {
    expect(how).not.toBe('');
    expect(files).not.toEqual([]);
    for (const file of files) {
      expect(existsSync(path.join(root, file)), file).toBe(true);
      expect(namesIn(file), `titles in ${file}`).toContain(id);
    }
  });

  it('gives a reason for what is not yet met, and names no tests there', () => {
    const unmet = rows.filter((row) => !met.includes(row));
    expect(unmet.filter(({ how, files }) => !/^not yet: .{20,}/.test(how) || files.length > 0)).toEqual([]);
  });

  it('has all tests that name one of its rows', () => {
    const listed = rows.flatMap(({ id, files }) => files.map((file) => `${id} ${file}`));
    const named = testFiles().flatMap((file) => namesIn(file).map((id) => `${id} ${file}`));
    expect(named.filter((pair) => !listed.includes(pair))).toEqual([]);
  });
});

/** The ids of rows in the titles of a file: `(S15, C13)`. */
function namesIn(file: string): string[] {
  const inParentheses = titlesIn(file).flatMap((title) =>
    Array.from(title.matchAll(/\(([^()]*)\)/g), ([, ids = '']) => ids),
  );
  return [...new Set(inParentheses.flatMap((ids) => Array.from(ids.matchAll(/\bC\d\d\b/g), ([id]) => id)))];
}
