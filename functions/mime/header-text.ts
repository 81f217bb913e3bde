import { encodeWord } from 'nodemailer/lib/mime-funcs';

import { limits } from '../core/limits.ts';

/** RFC 5322 §2.1.1: what a line should not exceed, without the CRLF. */
const lineColumns = 78;
/** A name longer than this is written in encoded words, which can be folded; a quoted string cannot. */
const quotedNameCharacters = 64;
/** RFC 2047 §2 allows 75; less leaves room for the field name on the first line. */
const encodedWordCharacters = 52;

const atoms = /^[\w!#$%&'*+\-/=?^`{|}~]+(?: [\w!#$%&'*+\-/=?^`{|}~]+)*$/;
const plainWords = /^[!-~]+(?: +[!-~]+)*$/;

/**
 * A field of free text (RFC 5322 §2.2.1) without its last CRLF: as it stands, folded at single spaces, or in encoded words
 * where it holds more than ASCII, looks like an encoded word, or has a word that no line can take. No line exceeds 998 octets
 * and unfolding gives the value back; control characters have become spaces.
 */
export function freeTextField(name: string, value: string): string {
  const text = withoutControls(value);
  if (plainWords.test(text) && !text.includes('=?') && longestWord(text) < limits.lineOctets) {
    return foldedField(name, text);
  }
  return text === '' ? `${name}:` : `${name}: ${encodedWords(text)}`;
}

/** A field of printable ASCII, folded at single spaces. Words are never broken: see `longestWord`. */
export function foldedField(name: string, value: string): string {
  const [first = '', ...words] = value.split(/(?<=\S) (?=\S)/);
  const opening = `${name}: ${first}`;
  // Software that mishandles an empty first line exists, so the value starts on the line of the name wherever it fits.
  let result = opening.length <= limits.lineOctets ? opening : `${name}:\r\n ${first}`;
  let column = opening.length <= limits.lineOctets ? opening.length : first.length + 1;
  for (const word of words) {
    const fits = column + 1 + word.length <= lineColumns;
    result += fits ? ` ${word}` : `\r\n ${word}`;
    column = fits ? column + 1 + word.length : 1 + word.length;
  }
  return result;
}

/** The octets of the longest stretch of ASCII text that `foldedField` cannot break. */
export function longestWord(text: string): number {
  return text.split(/(?<=\S) (?=\S)/).reduce((longest, word) => Math.max(longest, word.length), 0);
}

/** A display name as a phrase (RFC 5322 §3.2.5): atoms, a quoted string, or encoded words (RFC 2047 §5). */
export function phrase(name: string): string {
  const text = withoutControls(name);
  const short = text.length <= quotedNameCharacters && !text.includes('=?');
  if (short && atoms.test(text)) return text;
  if (short && plainWords.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return encodedWords(text);
}

function encodedWords(text: string): string {
  const letters = text.match(/[a-z]/gi)?.length ?? 0;
  const encoding = letters * 2 > text.length ? 'Q' : 'B';
  return encodeWord(text, encoding, encodedWordCharacters).replaceAll(' ', '\r\n ');
}

// The HTTP edge refuses control characters; should one get here it must not end the line.
function withoutControls(text: string): string {
  return text.toWellFormed().replace(/[\x00-\x1f\x7f]+/g, ' ');
}
