import { createCipheriv, createDecipheriv } from 'node:crypto';

import type { Random } from '../core/ports/random.ts';
import type { SecretBox } from '../core/ports/secret-box.ts';

const algorithm = 'aes-256-gcm';
/** What every sealed secret begins with; another form would take another number. */
const formVersion = 1;
const headBytes = 1;
/** 96 random bits: safe for 2^32 secrets under one key (NIST SP 800-38D §8.3). */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM under `key`, 32 bytes that serve nothing else. Sealed: one byte of version, the nonce, the ciphertext, the tag.
 * The context is authenticated beside them, so that a secret moved to another place in the store does not open there.
 */
export function createAesSecretBox(key: Uint8Array, random: Random): SecretBox {
  return {
    seal(plain, context) {
      const nonce = random.bytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(context));
      const ciphertext = [cipher.update(plain), cipher.final()];
      return Buffer.concat([Buffer.of(formVersion), nonce, ...ciphertext, cipher.getAuthTag()]);
    },
    open(sealed, context) {
      if (sealed[0] !== formVersion || sealed.length < headBytes + nonceBytes + tagBytes) throw unopened();
      const bodyStart = headBytes + nonceBytes;
      const tagStart = sealed.length - tagBytes;
      const nonce = sealed.subarray(headBytes, bodyStart);
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(tagStart));
      const plain = decipher.update(sealed.subarray(bodyStart, tagStart));
      try {
        return Buffer.concat([plain, decipher.final()]);
      } catch (cause) {
        throw unopened(cause);
      }
    },
  };
}

function unopened(cause?: unknown): Error {
  return new Error('A secret does not open: it was changed, or sealed under another key or for another place.', {
    cause,
  });
}
