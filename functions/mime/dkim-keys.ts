import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { parseDomain } from '../core/mailbox.ts';
import type { DkimKey } from './dkim-key-ring.ts';

/** RFC 8301 §3.2: signers should use 2048 bits at least, and verifiers need not take more than 4096. */
const rsaBits = { least: 2048, most: 4096 };
/** An Ed25519 seed of 32 octets behind this is PKCS #8 (RFC 8410 §7). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

const selectorPattern = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*$/;
const accepted = `an RSA key of ${rsaBits.least} to ${rsaBits.most} bits or an Ed25519 key in PEM, or an Ed25519 seed of 32 octets in base64`;

/** Keys, or one sentence that names the entry and says what is accepted. It never holds any part of a key. */
export type DkimKeysResult =
  | { readonly ok: true; readonly keys: readonly DkimKey[] }
  | { readonly ok: false; readonly why: string };

/** Where a key comes from: `source` is what a complaint names, a file or an entry. */
export type DkimKeyText = {
  readonly source: string;
  readonly domain: string;
  readonly selector: string;
  readonly key: string;
};

/** Reads keys as text: unencrypted PEM (PKCS #8, or PKCS #1 for RSA) or the base64 seed of an Ed25519 key. Pure. */
export function parseDkimKeys(texts: readonly DkimKeyText[]): DkimKeysResult {
  const keys: DkimKey[] = [];
  for (const text of texts) {
    const read = parseKey(text);
    if (typeof read === 'string') return { ok: false, why: read };
    if (keys.some(({ domain, selector }) => domain === read.domain && selector === read.selector)) {
      return {
        ok: false,
        why: `${text.source} names ${read.selector}._domainkey.${read.domain}, which has a key already.`,
      };
    }
    keys.push(read);
  }
  return { ok: true, keys };
}

/** Reads the JSON form, `[{"domain": …, "selector": …, "key": …}]`. Pure. */
export function parseDkimKeysJson(json: string): DkimKeysResult {
  const shape = 'a JSON array of objects with the strings domain, selector and key';
  const entries = parsedJson(json);
  if (!Array.isArray(entries)) return { ok: false, why: `The value is not ${shape}.` };
  const texts: DkimKeyText[] = [];
  for (const [index, entry] of entries.entries()) {
    const { domain, selector, key } = Object(entry) as Record<string, unknown>;
    if (typeof domain !== 'string' || typeof selector !== 'string' || typeof key !== 'string') {
      return { ok: false, why: `Entry ${index} does not fit: the value is ${shape}.` };
    }
    texts.push({ source: `Entry ${index}`, domain, selector, key });
  }
  return parseDkimKeys(texts);
}

/** The TXT record that a verifier looks up for a key (RFC 6376 §3.6.1, RFC 8463 §4). */
export function dkimRecord(key: DkimKey): { readonly name: string; readonly value: string } {
  const spki = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' });
  const ed25519 = key.algorithm === 'ed25519-sha256';
  // The last 32 octets of the Ed25519 structure are the key itself, which is all that its record holds.
  const published = (ed25519 ? spki.subarray(-32) : spki).toString('base64');
  return {
    name: `${key.selector}._domainkey.${key.domain}`,
    value: `v=DKIM1; k=${ed25519 ? 'ed25519' : 'rsa'}; p=${published}`,
  };
}

function parseKey({ source, domain, selector, key }: DkimKeyText): DkimKey | string {
  const name = parseDomain(domain);
  if (!name.ok) return `${source} names the domain ${JSON.stringify(domain)}: ${name.why}`;
  if (!selectorPattern.test(selector.toLowerCase())) {
    return `${source} names the selector ${JSON.stringify(selector)}; a selector consists of labels of letters, digits and inner hyphens.`;
  }
  const privateKey = privateKeyOf(key.trim());
  if (privateKey === null)
    return `${source} holds no key that can be read without a password; accepted is ${accepted}.`;
  const algorithm = algorithmOf(privateKey);
  if (algorithm === null) return `${source} holds ${kindOf(privateKey)}; accepted is ${accepted}.`;
  return { domain: name.domain, selector: selector.toLowerCase(), algorithm, privateKey };
}

function privateKeyOf(text: string): KeyObject | null {
  try {
    if (/^[a-z0-9+/]{43}=?$/i.test(text)) {
      const der = Buffer.concat([ed25519Prefix, Buffer.from(text, 'base64')]);
      return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    }
    return createPrivateKey(text);
  } catch {
    return null;
  }
}

function algorithmOf(key: KeyObject): DkimKey['algorithm'] | null {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519-sha256';
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  return key.asymmetricKeyType === 'rsa' && bits >= rsaBits.least && bits <= rsaBits.most ? 'rsa-sha256' : null;
}

function kindOf(key: KeyObject): string {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return bits === undefined
    ? `a key of type ${key.asymmetricKeyType}`
    : `an ${key.asymmetricKeyType} key of ${bits} bits`;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
