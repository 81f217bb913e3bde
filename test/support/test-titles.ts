import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** Every string of a file that is not in a comment: titles stand in calls and in the rows of tables alike. */
export function titlesIn(file: string): string[] {
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  const code = lines.filter((line) => !/^\s*(?:\/\/|\*|\/\*)/.test(line)).join('\n');
  const strings = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/g;
  return Array.from(code.matchAll(strings), ([, single, double]) => single ?? double ?? '');
}

/** All files with tests, as paths from the root of the project. */
export function testFiles(): string[] {
  return readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/${name}`)
    .toSorted();
}
