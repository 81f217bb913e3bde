import { createPublicKey, X509Certificate } from 'node:crypto';

import type { TlsaRecord } from '../core/ports/resolver.ts';

// RFC 6698 §2.1 by the names of RFC 7218 §2.
const usages = { trustAnchor: 2, endEntity: 3 } as const;
const selectors = { certificate: 0, publicKey: 1 } as const;
const matchings = { exact: 0, sha256: 1, sha512: 2 } as const;
const digestBytes: Readonly<Record<number, number>> = { [matchings.sha256]: 32, [matchings.sha512]: 64 };

/**
 * The records of a TLSA set that a mail server can be authenticated by: usages DANE-TA and DANE-EE, for the PKIX ones say
 * nothing about authorities we share (RFC 7672 §3.1.3), and data that can be what it says. Of a certificate or key whose SHA-512
 * is published its SHA-256 does not count (RFC 7671 §9). Pure.
 */
export function usableTlsa(records: readonly TlsaRecord[]): TlsaRecord[] {
  const usable = records.filter((record) => isUsable(record));
  return usable.filter((record) => record.matchingType !== matchings.sha256 || !hasStronger(record, usable));
}

/** Whether a record names an anchor, below which the names in the server's certificate count. Pure. */
export function isTrustAnchor({ usage }: TlsaRecord): boolean {
  return usage === usages.trustAnchor;
}

function hasStronger({ usage, selector }: TlsaRecord, records: readonly TlsaRecord[]): boolean {
  return records.some(
    (other) => other.usage === usage && other.selector === selector && other.matchingType === matchings.sha512,
  );
}

function isUsable({ usage, selector, matchingType, association }: TlsaRecord): boolean {
  if (usage !== usages.trustAnchor && usage !== usages.endEntity) return false;
  if (selector !== selectors.certificate && selector !== selectors.publicKey) return false;
  if (matchingType === matchings.exact) return isWhole(selector, association);
  return digestBytes[matchingType] === association.length;
}

function isWhole(selector: number, association: Uint8Array): boolean {
  const octets = Buffer.from(association);
  try {
    // What is left over after the first certificate would never match one.
    if (selector === selectors.certificate) return new X509Certificate(octets).raw.equals(octets);
    return createPublicKey({ key: octets, format: 'der', type: 'spki' })
      .export({ format: 'der', type: 'spki' })
      .equals(octets);
  } catch {
    return false;
  }
}
