/** Crockford's base 32 in lower case: no letter that is taken for a digit. */
export const base32Alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A whole number below 2^53 in so many characters, zeros before it. */
export function inBase32(value: number, characters: number): string {
  let text = '';
  for (let rest = value; text.length < characters; rest = Math.floor(rest / 32)) {
    text = base32Alphabet.charAt(rest % 32) + text;
  }
  return text;
}

/** The number that `inBase32` has written. */
export function ofBase32(text: string): number {
  return Array.from(text).reduce((sum, character) => sum * 32 + base32Alphabet.indexOf(character), 0);
}
