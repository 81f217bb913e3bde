import { generateKeyPair } from 'node:crypto';

import type { DomainId } from '../core/ids.ts';
import type { MakeDomainKeys } from '../core/ports/domain-keys.ts';
import type { DomainKey } from '../core/ports/domains.ts';
import type { Random } from '../core/ports/random.ts';
import type { SecretBox } from '../core/ports/secret-box.ts';

/** RFC 8301 §3.2; longer keys do not fit into one string of a TXT record in any case, and some panels take two at most. */
const rsaBits = 2048;
/** An Ed25519 public key is the last 32 octets of its SPKI form (RFC 8410 §4), and all that its record holds (RFC 8463 §4). */
const ed25519KeyBytes = 32;
const selectorBytes = 4;

type KeyPair = { readonly publicKey: Buffer; readonly privateKey: Buffer };

/**
 * Makes an RSA and an Ed25519 key off the main thread. Selectors have a random part, so that two entries of one domain, or an
 * entry that was removed and added again, never ask for different keys under one name.
 */
export function createDomainKeyMaker({
  random,
  secretBox,
}: {
  readonly random: Random;
  readonly secretBox: SecretBox;
}): MakeDomainKeys {
  return async (id) => {
    const suffix = Buffer.from(random.bytes(selectorBytes)).toString('hex');
    const [rsa, ed25519] = await Promise.all([rsaPair(), ed25519Pair()]);
    const sealed = (selector: string, { privateKey }: KeyPair): Uint8Array =>
      secretBox.seal(privateKey, keyContext(id, selector));
    const rsaSelector = `postern-r-${suffix}`;
    const edSelector = `postern-e-${suffix}`;
    return [
      {
        selector: rsaSelector,
        algorithm: 'rsa-sha256',
        publicKey: rsa.publicKey.toString('base64'),
        sealedPrivateKey: sealed(rsaSelector, rsa),
      },
      {
        selector: edSelector,
        algorithm: 'ed25519-sha256',
        publicKey: ed25519.publicKey.subarray(-ed25519KeyBytes).toString('base64'),
        sealedPrivateKey: sealed(edSelector, ed25519),
      },
    ];
  };
}

/** The PKCS#8 of a domain's key, out of its box. Throws when it does not open. */
export function openDomainKey(id: DomainId, key: DomainKey, secretBox: SecretBox): Uint8Array {
  return secretBox.open(key.sealedPrivateKey, keyContext(id, key.selector));
}

// The id keeps a key from being put to use for another domain by whoever can write to the store.
function keyContext(id: DomainId, selector: string): string {
  return `DKIM key ${selector} of ${id}`;
}

const publicKeyEncoding = { type: 'spki', format: 'der' } as const;
const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const;

function rsaPair(): Promise<KeyPair> {
  return new Promise((resolve, reject) => {
    const options = { modulusLength: rsaBits, publicKeyEncoding, privateKeyEncoding };
    generateKeyPair('rsa', options, (error, publicKey, privateKey) => {
      if (error === null) resolve({ publicKey, privateKey });
      else reject(error);
    });
  });
}

function ed25519Pair(): Promise<KeyPair> {
  return new Promise((resolve, reject) => {
    generateKeyPair('ed25519', { publicKeyEncoding, privateKeyEncoding }, (error, publicKey, privateKey) => {
      if (error === null) resolve({ publicKey, privateKey });
      else reject(error);
    });
  });
}
