import * as fc from 'fast-check';

const always = [
  'a',
  '0',
  ' ',
  '\t',
  '\r\n',
  '\n',
  '.',
  '-',
  ':',
  ';',
  '"',
  '\\',
  '@',
  '<',
  '\u00e9',
  '\u2028',
  '\u{1f600}',
];
// What a run ends with, to make whatever came before it fail: backtracking begins there.
const endings = ['', '\u0001', '!'];
// It knows neither look-around nor properties, and looks for a character beyond ASCII for ever.
const beyondTheGenerator = /\\[pux]|[^\x00-\x7f]|\(\?<?[=!]/;
const escapes: Readonly<Record<string, string>> = { d: '0', w: 'a', s: ' ', r: '\r', n: '\n', t: '\t', '0': '\0' };

/**
 * Texts of a given length made to cost a given regular expression as much as can be: long runs of every character and word that its
 * source names, runs of pairs of them, and texts that match it with one stretch repeated; each with an end that may not match.
 */
export function* attacksOn({ source, flags }: RegExp, characters: number): Generator<string> {
  const units = new Set([...always, ...charactersOf(source), ...wordsOf(source)]);
  for (const unit of units) yield* ended('', unit, characters);
  const few = [...units].slice(-8);
  for (const left of few) for (const right of few) if (left !== right) yield* ended('', left + right, characters);
  for (const match of matchesOf(source, flags)) {
    for (let from = 0; from < Math.min(match.length, 8); from++) {
      yield* ended(match.slice(0, from), match.slice(from, from + 1), characters);
      yield* ended(match.slice(0, from), match.slice(from), characters);
    }
  }
}

function* ended(before: string, unit: string, characters: number): Generator<string> {
  if (unit === '') return;
  const run = before + unit.repeat(Math.ceil(characters / unit.length));
  for (const ending of endings) yield run + ending;
}

function charactersOf(source: string): string[] {
  return Array.from(source.matchAll(/\\(?:x([\da-f]{2})|u([\da-f]{4})|(.))|([^\\])/gi), ([, x, u, escaped, plain]) => {
    const code = x ?? u;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return escaped === undefined ? (plain ?? '') : (escapes[escaped] ?? escaped);
  });
}

function wordsOf(source: string): string[] {
  return Array.from(source.matchAll(/[a-z]{2,}[=:]?/gi), ([word]) => word).flatMap((word) => [
    word,
    `;${word}`,
    ` ${word} `,
  ]);
}

// An expression that is beyond the generator is attacked by its characters and words alone.
function matchesOf(source: string, flags: string): string[] {
  if (beyondTheGenerator.test(source)) return [];
  // Without its word boundaries an expression matches more, which does no harm here.
  const near = new RegExp(source.replaceAll(/\\b/gi, ''), flags.replaceAll(/[^msu]/g, ''));
  const matching = fc.stringMatching(near, { size: 'small' });
  return fc.sample(matching, { numRuns: 6, seed: 25 });
}
