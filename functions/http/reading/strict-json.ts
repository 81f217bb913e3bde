import { requestLimits } from '../request-limits.ts';

export type StrictJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

// Names through which a careless merge reaches a prototype; no field of the API is called so.
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Parses JSON that has one meaning only: no byte order mark, no key twice in an object, no key that names a prototype, and
 * neither deeper nor wider than the request limits. `why` is one sentence and never repeats the text.
 */
export function parseStrictJson(text: string): StrictJson {
  if (text.charCodeAt(0) === 0xfeff) {
    return {
      ok: false,
      why: 'The body begins with a byte order mark; send JSON in UTF-8 without one (RFC 8259 section 8.1).',
    };
  }
  const why = problemOfStructure(text);
  if (why !== null) return { ok: false, why };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    // The engine's own message quotes the text, which may hold anything.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    const place = position === undefined ? '' : ` near character ${position}`;
    return { ok: false, why: `The body is not valid JSON${place}.` };
  }
}

/**
 * One pass over the structural characters. Text that is not JSON at all may pass: the parser has the last word. Strings are
 * skipped from quote to quote, so that long ones cost next to nothing.
 */
function problemOfStructure(text: string): string | null {
  // The keys seen in each open object; null for an open array.
  const open: (Set<string> | null)[] = [];
  let keys = 0;
  let expectsKey = false;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case quote: {
        const end = endOfString(text, index);
        const seen = open.at(-1);
        if (expectsKey && seen) {
          const why = ++keys > requestLimits.jsonKeys ? tooManyKeys() : problemOfKey(text.slice(index, end + 1), seen);
          if (why !== null) return why;
          expectsKey = false;
        }
        index = end;
        break;
      }
      case openBrace:
      case openBracket:
        expectsKey = text.charCodeAt(index) === openBrace;
        open.push(expectsKey ? new Set() : null);
        if (open.length > requestLimits.jsonDepth)
          return `The body is nested more than ${requestLimits.jsonDepth} levels deep.`;
        break;
      case closeBrace:
      case closeBracket:
        open.pop();
        expectsKey = false;
        break;
      case comma:
        expectsKey = Boolean(open.at(-1));
        break;
      case colon:
        expectsKey = false;
        break;
    }
  }
  return null;
}

// A quote ends the string unless an odd run of backslashes stands before it. Runs do not overlap, so this is linear.
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function problemOfKey(quoted: string, seen: Set<string>): string | null {
  const key = keyOf(quoted);
  if (key === null) return null;
  if (forbiddenKeys.has(key)) return `The key "${key}" is not accepted anywhere in a body.`;
  if (seen.has(key)) return 'A key stands twice in the same object; each may stand once.';
  seen.add(key);
  return null;
}

function keyOf(quoted: string): string | null {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}

function tooManyKeys(): string {
  return `The body has more than ${requestLimits.jsonKeys} keys.`;
}
