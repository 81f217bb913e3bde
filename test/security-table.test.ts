import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { titlesIn } from './support/test-titles.ts';

const root = path.resolve(import.meta.dirname, '..');
const rows = readFileSync(path.join(root, 'docs/security.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, id, , , heldBy] = /^\| ([A-Z]\d\d) \|(.*?)\|(.*?)\|(.*)\|$/.exec(line) ?? [];
    const files = Array.from((heldBy ?? '').matchAll(/`([^`]+)`/g), ([, file = '']) => file);
    return id === undefined ? [] : [{ id, files }];
  });

describe('the table of hostile input', () => {
  it('has every row once, in order', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids.filter((id) => id.startsWith('I'))).toHaveLength(21);
  });

  it.each(rows)('names for $id tests that name it', ({ id, files }) => {
    expect(files).not.toEqual([]);
    for (const file of files) {
      expect(existsSync(path.join(root, file)), file).toBe(true);
      expect(
        titlesIn(file).some((title) => title.includes(id)),
        `${file} has a title with ${id}`,
      ).toBe(true);
    }
  });
});
