import { base32Alphabet } from './base32.ts';
import type { Random } from './ports/random.ts';

const timeBytes = 6;
const randomBytes = 16;

/** The form of what `newTimeSortable` makes, as the source of a regular expression. */
export const timeSortableForm = '[0-9a-hjkmnp-tv-z]{36}';

/**
 * 36 characters of Crockford's base 32 over 48 bits of time and 128 random bits: they sort by the millisecond they were made
 * in, and none can be guessed from another.
 */
export function newTimeSortable(nowMs: number, random: Random): string {
  return timeSortable(nowMs, random.bytes(randomBytes));
}

/** What sorts before all that `newTimeSortable` makes at `nowMs` or later. */
export function leastTimeSortable(nowMs: number): string {
  return timeSortable(nowMs, new Uint8Array(randomBytes));
}

/** The same over 16 bytes of the caller's own in place of the random ones. */
export function timeSortable(nowMs: number, distinguishing: Uint8Array): string {
  const bytes = Buffer.alloc(timeBytes + randomBytes);
  bytes.writeUIntBE(nowMs, 0, timeBytes);
  bytes.set(distinguishing, timeBytes);
  let text = '';
  let bits = 0;
  // 176 bits are 35 characters and one bit, which goes first so that the text sorts as the bytes do.
  let held = 4;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 5; held -= 5) text += base32Alphabet.charAt((bits >>> (held - 5)) & 31);
  }
  return text;
}
