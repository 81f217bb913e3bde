import { hkdfSync } from 'node:crypto';

const derivedBytes = 32;

/** A key of 32 bytes for one purpose, so that no two uses of the master key share one (RFC 5869, HKDF with SHA-256). */
export function derivedKey(masterKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey, '', `postern ${purpose}`, derivedBytes));
}
