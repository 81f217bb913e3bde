import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { base32Alphabet } from '../../functions/core/base32.ts';
import { timeSortableForm } from '../../functions/core/time-sortable.ts';
import { elementForm } from '../../functions/mime/address-list.ts';
import { regexLiterals } from './regex-literals.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** The sources of all rooms. */
export const sources = readdirSync(path.join(root, 'functions'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(path.join(root, 'functions', name), 'utf8') }));

export type Expression = { readonly place: string; readonly pattern: string; readonly flags: string };

// What the few expressions that are made from text have in their gaps.
const gaps: Readonly<Record<string, string>> = {
  timeSortableForm,
  elementForm,
  '2 * generatedBytes': '40',
  version: 'DKIM1',
  foldColumns: '72',
  base32Alphabet,
  idCharacters: '36',
  factCharacters: '5',
  macCharacters: '16',
};

function literalsIn({ name, text }: (typeof sources)[number]): Expression[] {
  return regexLiterals(text).map(({ line, pattern, flags }) => ({ place: `${name}:${line}`, pattern, flags }));
}

/** The expressions that a source makes from text, with their gaps filled. */
export function madeIn({ name, text }: (typeof sources)[number]): Expression[] {
  const calls = Array.from(text.matchAll(/RegExp\(\s*`((?:[^`\\]|\\.)*)`(?:,\s*'([a-z]*)')?,?\s*\)/g));
  return calls.map(([, template = '', flags = '']) => {
    const filled = template.replaceAll(/\$\{([^}]*)\}/g, (_, gap: string) => gaps[gap] ?? `?${gap}?`);
    return { place: name, pattern: filled.replaceAll('\\\\', '\\'), flags };
  });
}

/** Every expression by its literal: the same one in two places costs the same. */
export const expressions = new Map(
  sources
    .flatMap((file) => [...literalsIn(file), ...madeIn(file)])
    .map((expression) => [`/${expression.pattern}/${expression.flags}`, expression]),
);
