import type { KeyId } from '../ids.ts';
import type { Random } from '../ports/random.ts';
import { newTimeSortable, timeSortableForm } from '../time-sortable.ts';

/** The one key that every deployment begins with. It is set by the operator and never revoked over the API. */
export const bootstrapKeyId = 'bootstrap' as KeyId;

const idPattern = new RegExp(`^key_${timeSortableForm}$`);

/** A new key id: `key_` and 36 characters that sort by the millisecond it was made in and cannot be guessed from another id. */
export function newKeyId(nowMs: number, random: Random): KeyId {
  return `key_${newTimeSortable(nowMs, random)}` as KeyId;
}

/** Reads a key id from outside, that of the bootstrap key included; anything else is `null`. */
export function parseKeyId(text: string): KeyId | null {
  return text === bootstrapKeyId || idPattern.test(text) ? (text as KeyId) : null;
}
