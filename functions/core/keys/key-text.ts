import { hash } from 'node:crypto';

import type { KeyId } from '../ids.ts';
import type { KeyRights } from '../ports/keys.ts';
import type { Random } from '../ports/random.ts';
import { scopes } from './scopes.ts';
import { timeSortableForm } from '../time-sortable.ts';

const generatedBytes = 20;
// pk_, the id without its prefix, and the secret.
const createdKeyForm = new RegExp(`^pk_(${timeSortableForm})_[0-9a-f]{${2 * generatedBytes}}$`);

/** The rights of the bootstrap key, those included that came after it. */
export const allRights: KeyRights = { scopes, senderDomains: null, recipients: null, mode: 'live', rate: null };

/** The text of a new key, with 160 random bits; that of a created key carries its id, that of a bootstrap key carries none. */
export function newKeyText(id: KeyId | null, random: Random): string {
  const secret = Buffer.from(random.bytes(generatedBytes)).toString('hex');
  return id === null ? `pk_${secret}` : `pk_${id.slice('key_'.length)}_${secret}`;
}

/** The id in the text of a created key; `null` for any other text. */
export function keyIdIn(key: string): KeyId | null {
  const [, id] = createdKeyForm.exec(key) ?? [];
  return id === undefined ? null : (`key_${id}` as KeyId);
}

/** What is stored of a key. Keys are long and random, so a plain SHA-256 of them says nothing about them. */
export function keyDigest(key: string): Uint8Array {
  return hash('sha256', key, 'buffer');
}
