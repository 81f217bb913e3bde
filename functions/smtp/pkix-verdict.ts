import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';

import type { TlsFailure, TlsFailureCode } from '../core/tls/tls-policy.ts';

// https://nodejs.org/api/tls.html#x509-certificate-error-codes; what is not here fails in some other way.
const codes: Readonly<Record<string, TlsFailureCode>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-host-mismatch',
  HOSTNAME_MISMATCH: 'certificate-host-mismatch',
  CERT_HAS_EXPIRED: 'certificate-expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-not-trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-not-trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-not-trusted',
  CERT_UNTRUSTED: 'certificate-not-trusted',
  CERT_REJECTED: 'certificate-not-trusted',
  INVALID_CA: 'certificate-not-trusted',
};

/** What the trusted authorities make of the peer's certificate, in the words of RFC 8460. */
export function pkixVerdict(socket: TLSSocket): true | TlsFailure {
  if (socket.authorized) return true;
  const error = String(socket.authorizationError);
  return { code: codes[error] ?? 'validation-failure', detail: `The certificate is not trusted: ${error}.` };
}

/** RFC 8461 §4.2: only names of the subject-alternative kind count, never the common name. For `checkServerIdentity`. */
export function checkSubjectAlternativeName(host: string, certificate: PeerCertificate): Error | undefined {
  if (isIP(host) !== 0 || /(?:^|, )DNS:/.test(certificate.subjectaltname ?? '')) {
    return checkServerIdentity(host, certificate);
  }
  return Object.assign(new Error('The certificate has no DNS name.'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}
