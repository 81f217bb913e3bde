/** A regular expression as it stands in a source file. */
export type RegexLiteral = { readonly line: number; readonly pattern: string; readonly flags: string };

// After one of these words or characters a slash begins an expression; after anything else it divides.
const wordsBefore = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void', 'delete', 'await', 'yield']);
const punctuationBefore = '(,=:[!&|?{};+-*%~^<>';

/**
 * Every regular expression literal of a TypeScript source, in order. Knows comments, strings and templates, and tells a
 * literal from a division by what stands before the slash.
 */
export function regexLiterals(source: string): RegexLiteral[] {
  const found: RegexLiteral[] = [];
  // The depth of braces at which each open `${` ends.
  const templates: number[] = [];
  let depth = 0;
  let before = '';
  for (let at = 0; at < source.length;) {
    const character = source.charAt(at);
    const pair = source.slice(at, at + 2);
    if (pair === '//') {
      at = endOf(source, '\n', at);
    } else if (pair === '/*') {
      at = endOf(source, '*/', at + 2);
    } else if (character === "'" || character === '"') {
      at = endOfQuoted(source, at, character);
      before = 'text';
    } else if (character === '`' || (character === '}' && templates.at(-1) === depth)) {
      if (character === '}') templates.pop();
      at = endOfTemplatePart(source, at + 1);
      if (source.slice(at - 2, at) === '${') templates.push(depth);
      before = source.charAt(at - 1) === '`' ? 'text' : '{';
    } else if (character === '/' && beginsRegex(before)) {
      const literal = literalAt(source, at);
      found.push(literal.regex);
      at = literal.end;
      before = 'text';
    } else {
      const word = /^[\w$]+/.exec(source.slice(at, at + 64))?.[0] ?? character;
      if (character === '{') depth++;
      if (character === '}') depth--;
      if (word.trim() !== '') before = word;
      at += word.length;
    }
  }
  return found;
}

function beginsRegex(before: string): boolean {
  return before === '' || wordsBefore.has(before) || punctuationBefore.includes(before);
}

function literalAt(source: string, start: number): { readonly regex: RegexLiteral; readonly end: number } {
  let inClass = false;
  let at = start + 1;
  for (; source.charAt(at) !== '/' || inClass; at++) {
    const character = source.charAt(at);
    if (character === '\n' || character === '')
      throw new Error(`A regular expression does not end: ${source.slice(start, at)}`);
    if (character === '\\') at++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
  }
  const flags = /^[a-z]*/.exec(source.slice(at + 1, at + 12))?.[0] ?? '';
  const line = source.slice(0, start).split('\n').length;
  return { regex: { line, pattern: source.slice(start + 1, at), flags }, end: at + 1 + flags.length };
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end === -1 ? source.length : end + mark.length;
}

function endOfQuoted(source: string, start: number, quote: string): number {
  let at = start + 1;
  while (at < source.length && source.charAt(at) !== quote) at += source.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

// After the backtick that ends the template, or after the next `${`.
function endOfTemplatePart(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source.charAt(at) === '\\') at++;
    else if (source.charAt(at) === '`') return at + 1;
    else if (source.startsWith('${', at)) return at + 2;
  }
  return source.length;
}
