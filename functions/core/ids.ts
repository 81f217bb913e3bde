import type { Brand } from './brand.ts';
import type { Random } from './ports/random.ts';

export type EmailId = Brand<string, 'EmailId'>;
export type DeliveryId = Brand<string, 'DeliveryId'>;
export type ProjectId = Brand<string, 'ProjectId'>;
export type KeyId = Brand<string, 'KeyId'>;
export type DomainId = Brand<string, 'DomainId'>;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeBytes = 6;
const randomBytes = 16;
const idPattern = /^em_[0-9a-hjkmnp-tv-z]{36}$/;

/**
 * A new email id: `em_` and 36 characters of Crockford's base 32 over 48 bits of time and 128 random bits. Ids sort by the
 * millisecond they were made in, and none can be guessed from another.
 */
export function newEmailId(nowMs: number, random: Random): EmailId {
  return `em_${timeSortable(nowMs, random.bytes(randomBytes))}` as EmailId;
}

/** The id that sorts before those of all emails made at `nowMs` or later. */
export function leastEmailIdAt(nowMs: number): EmailId {
  return `em_${timeSortable(nowMs, new Uint8Array(randomBytes))}` as EmailId;
}

/** Reads an email id from outside; anything else is `null`. */
export function parseEmailId(text: string): EmailId | null {
  return idPattern.test(text) ? (text as EmailId) : null;
}

function timeSortable(nowMs: number, randomness: Uint8Array): string {
  const bytes = Buffer.alloc(timeBytes + randomBytes);
  bytes.writeUIntBE(nowMs, 0, timeBytes);
  bytes.set(randomness, timeBytes);
  let text = '';
  let bits = 0;
  // 176 bits are 35 characters and one bit, which goes first so that the text sorts as the bytes do.
  let held = 4;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 5; held -= 5) text += alphabet.charAt((bits >>> (held - 5)) & 31);
  }
  return text;
}
