import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, getCACertificates, type SecureContext, type TLSSocket } from 'node:tls';

import { bounds } from './bounds.ts';
import { judgeByTlsa } from './dane-verify.ts';
import { checkSubjectAlternativeName, pkixVerdict } from './pkix-verdict.ts';
import { escapedText } from './escaped-text.ts';
import { socketEvent } from './socket-event.ts';
import type { AttemptBounds, PeerIdentity, TlsStart } from './wire.ts';

export type TlsUpgrade = { readonly started: TlsStart; readonly socket: TLSSocket };

/** What all handshakes share: TLS 1.2 or later (RFC 8996), the default authorities and those of the operator. */
export function tlsContext(trustedCas: readonly string[]): SecureContext {
  // Without `ca` the default store is shared; with it, hundreds of certificates are parsed once here.
  const ca = trustedCas.length === 0 ? {} : { ca: [...getCACertificates('default'), ...trustedCas] };
  return createSecureContext({ minVersion: 'TLSv1.2', ...ca });
}

/**
 * A TLS handshake on a connected socket. The certificate is judged and reported, never a reason to fail here: whether an
 * unverified one will do is the caller's policy.
 */
export async function upgradeToTls(
  socket: Socket,
  identity: PeerIdentity,
  context: SecureContext,
  attempt: AttemptBounds,
  withinMs: number,
): Promise<TlsUpgrade> {
  // RFC 7672 §8.1: under DANE SNI says the TLSA base domain.
  const host = identity.dane?.base ?? identity.host;
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  // An address is no server name (RFC 6066 §3); the certificate is compared with it all the same.
  const names = isIP(name) === 0 ? { servername: name } : { host: name };
  const checks = identity.altNamesOnly ? { checkServerIdentity: checkSubjectAlternativeName } : {};
  const secured = connect({ socket, secureContext: context, rejectUnauthorized: false, ...names, ...checks });
  secured.on('error', () => {});
  const event = await socketEvent(secured, 'secureConnect', attempt, withinMs);
  switch (event.kind) {
    case 'happened':
      return { started: securedAs(secured, identity), socket: secured };
    case 'failed':
      return { started: failureOf(event.error), socket: secured };
    case 'ended':
      return { started: event, socket: secured };
  }
}

function securedAs(socket: TLSSocket, { dane }: PeerIdentity): TlsStart {
  return {
    kind: 'secured',
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    verified: dane === null ? pkixVerdict(socket) : judgeByTlsa(presentedBy(socket), dane, Date.now()),
    // Only the first one who asks Node for the certificate gets its chain.
    subject: subjectOf(socket),
  };
}

// Whatever stands in it: no more than a log record should have to carry.
function subjectOf(socket: TLSSocket): readonly string[] {
  const { subject } = socket.getPeerX509Certificate() ?? {};
  const parts = subject?.slice(0, bounds.subjectCharacters).split('\n') ?? [];
  return parts.slice(0, bounds.subjectParts).map(escapedText);
}

// Node links what the peer sent in the order it was sent, whoever issued whom.
function presentedBy(socket: TLSSocket): X509Certificate[] {
  const presented: X509Certificate[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && !presented.some((one) => one.raw.equals(certificate?.raw ?? Buffer.alloc(0)))) {
    presented.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  return presented;
}

function failureOf(error: NodeJS.ErrnoException): TlsStart {
  const code = error.code ?? '';
  // The TLS library objected to what the peer said: no common version, or no TLS at all.
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return { kind: 'unusable', detail: `TLS failed: ${code}.` };
  return { kind: 'ended', why: 'reset', detail: `The connection was lost in the TLS handshake: ${code}.` };
}
