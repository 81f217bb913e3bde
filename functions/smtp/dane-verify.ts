import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';

import type { TlsaRecord } from '../core/ports/resolver.ts';
import type { DaneReference, TlsFailure, TlsFailureCode } from '../core/tls/tls-policy.ts';
import { extensionsOf } from './certificate-extensions.ts';

// RFC 6698 §2.1 and RFC 7218 §2.
const usages = { trustAnchor: 2, endEntity: 3 } as const;
const wholeCertificate = 0;
const matchings = { exact: 0, sha256: 1 } as const;
/** So that no server can make us verify signatures without end. */
const mostCertificates = 16;
const serverAuthentication = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

/**
 * Whether the certificates that a server presented, its own first, are what its TLSA records say. A match of usage DANE-EE is
 * enough, whatever the names and dates (RFC 7672 §3.1.1); DANE-TA wants a valid chain up to the anchor and one of the names
 * (§3.1.2). `now` is in milliseconds. Pure.
 */
export function judgeByTlsa(
  presented: readonly X509Certificate[],
  reference: DaneReference,
  now: number,
): true | TlsFailure {
  const [own] = presented;
  if (own === undefined) return failure('validation-failure', 'The server presented no certificate.');
  const records = reference.records;
  if (records.some((record) => record.usage === usages.endEntity && matches(own, record))) return true;
  const anchors = records.filter(({ usage }) => usage === usages.trustAnchor);
  const search = { presented: [...presented, ...certificatesIn(anchors)].slice(0, mostCertificates), anchors, now };
  // A certificate that will not do may stand beside one that does, so those come first; then it is told what was wrong.
  const chain = climb(own, search, false) ?? climb(own, search, true);
  if (chain === null) return failure('tlsa-invalid', 'No certificate that the server presents matches a TLSA record.');
  if (chain !== true) return chain;
  return objectionTo(own, now) ?? (serves(own) ? nameOf(own, reference) : notForServers());
}

type Search = {
  readonly presented: readonly X509Certificate[];
  readonly anchors: readonly TlsaRecord[];
  readonly now: number;
};

/** Looks for a way up from a certificate to an anchor, the shortest first; `null` when there is none. */
function climb(own: X509Certificate, { presented, anchors, now }: Search, tolerant: boolean): true | TlsFailure | null {
  const steps: { certificate: X509Certificate; authorities: number; objection: TlsFailure | null }[] = [
    { certificate: own, authorities: 0, objection: null },
  ];
  const passed = new Set<X509Certificate>([own]);
  for (const { certificate, authorities, objection } of steps) {
    if (anchors.some((record) => isKeyOfIssuer(certificate, record))) return objection ?? true;
    for (const issuer of presented) {
      if (passed.has(issuer) || !isIssuedBy(certificate, issuer)) continue;
      const wrong = objectionTo(issuer, now) ?? objectionToAuthority(issuer, authorities);
      if (wrong !== null && !tolerant) continue;
      if (anchors.some((record) => matches(issuer, record))) return objection ?? wrong ?? true;
      passed.add(issuer);
      steps.push({ certificate: issuer, authorities: authorities + 1, objection: objection ?? wrong });
    }
  }
  return null;
}

// The check by name and key identifiers includes that the issuer's key may sign certificates (RFC 5280 §4.2.1.3).
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && isSignedWith(certificate, issuer.publicKey);
}

function isSignedWith(certificate: X509Certificate, key: KeyObject): boolean {
  // Forgeable since 2008 and 2017; OpenSSL refuses them too at its default level of security.
  if (/md5|sha1(?!\d)/i.test(certificate.signatureAlgorithm ?? '')) return false;
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
}

/** An anchor may be a bare key, which no certificate has to be presented for (RFC 7671 §5.2.2). */
function isKeyOfIssuer(certificate: X509Certificate, record: TlsaRecord): boolean {
  if (record.selector === wholeCertificate || record.matchingType !== matchings.exact) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(record.association), format: 'der', type: 'spki' });
    return isSignedWith(certificate, key) && !isSignedWith(certificate, certificate.publicKey);
  } catch {
    return false;
  }
}

function certificatesIn(anchors: readonly TlsaRecord[]): X509Certificate[] {
  const whole = anchors.filter(
    ({ selector, matchingType }) => selector === wholeCertificate && matchingType === matchings.exact,
  );
  return whole.flatMap(({ association }) => {
    try {
      return [new X509Certificate(association)];
    } catch {
      return [];
    }
  });
}

function matches(certificate: X509Certificate, { selector, matchingType, association }: TlsaRecord): boolean {
  const selected =
    selector === wholeCertificate ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  if (matchingType === matchings.exact) return selected.equals(association);
  const algorithm = matchingType === matchings.sha256 ? 'sha256' : 'sha512';
  return createHash(algorithm).update(selected).digest().equals(association);
}

function objectionTo(certificate: X509Certificate, now: number): TlsFailure | null {
  if (now > certificate.validToDate.getTime()) return failure('certificate-expired', 'A certificate has expired.');
  if (now < certificate.validFromDate.getTime()) {
    return failure('validation-failure', 'A certificate is not valid yet.');
  }
  if (!extensionsOf(certificate).beyondUs) return null;
  return failure('validation-failure', 'A certificate has a critical extension that cannot be judged.');
}

function objectionToAuthority(issuer: X509Certificate, authoritiesBelow: number): TlsFailure | null {
  const { pathLength } = extensionsOf(issuer);
  if (issuer.ca && (pathLength === null || authoritiesBelow <= pathLength)) return null;
  return failure('certificate-not-trusted', 'A certificate was issued by one that may not issue it.');
}

function serves(certificate: X509Certificate): boolean {
  // What Node calls key usage is the extended one; a certificate without it is for everything (RFC 5280 §4.2.1.12).
  const extended = certificate.keyUsage as readonly string[] | undefined;
  return extended === undefined || extended.some((usage) => serverAuthentication.includes(usage));
}

function notForServers(): TlsFailure {
  return failure('validation-failure', 'The certificate is not one for servers.');
}

// RFC 7672 §3.2.3: the common name counts only where there is no name of the subject-alternative kind.
function nameOf(certificate: X509Certificate, { base, names }: DaneReference): true | TlsFailure {
  const options = { subject: 'default', partialWildcards: false } as const;
  if ([base, ...names].some((name) => certificate.checkHost(name, options) !== undefined)) return true;
  return failure('certificate-host-mismatch', `The certificate is not for ${[base, ...names].join(' or ')}.`);
}

function failure(code: TlsFailureCode, detail: string): TlsFailure {
  return { code, detail };
}
