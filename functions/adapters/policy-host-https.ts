import type { PeerCertificate, SecureContext } from 'node:tls';

import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { PolicyHost } from '../core/ports/policy-host.ts';
import type { TlsFailure, TlsFailureCode } from '../core/tls/tls-policy.ts';
import { type HttpsAnswer, requestHttps } from './https-request.ts';

export type PolicyHostPorts = {
  readonly clock: Clock;
  /** The addresses of a policy host that may be dialled, or one sentence. */
  readonly addressesOf: (
    host: string,
    deadline: number,
  ) => Promise<
    { readonly kind: 'addresses'; readonly ips: readonly string[] } | { readonly kind: 'none'; readonly detail: string }
  >;
  readonly secureContext: () => SecureContext;
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  readonly port: number;
};

type Fetched = Awaited<ReturnType<PolicyHost['policyOf']>>;

const wanted = {
  method: 'GET',
  path: '/.well-known/mta-sts.txt',
  headers: { accept: 'text/plain', connection: 'close' },
  body: null,
  mostBytes: limits.stsPolicyOctets,
} as const;
// https://nodejs.org/api/tls.html#x509-certificate-error-codes, and what a name that does not match gives.
const certificateErrors =
  /^(?:ERR_TLS_CERT_ALTNAME|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_|HOSTNAME_|PATH_LENGTH)/;

/** Policies over HTTPS, at the vetted addresses of their host, in turn. No connection is kept and nothing is cached. */
export function createHttpsPolicyHost(ports: PolicyHostPorts): PolicyHost {
  const { clock, checkServerIdentity, port } = ports;
  return {
    async policyOf(domain, deadline) {
      const host = `mta-sts.${domain}`;
      const found = await ports.addressesOf(host, deadline);
      if (found.kind === 'none') return failed('sts-policy-fetch-error', found.detail);
      let fetched: Fetched = failed('sts-policy-fetch-error', `There was no time to ask ${host}.`);
      for (const [index, ip] of found.ips.entries()) {
        const left = deadline - clock.now();
        const means = { secureContext: ports.secureContext(), agent: false, checkServerIdentity } as const;
        const answer = await requestHttps({ host, ip, port }, wanted, means, left / (found.ips.length - index));
        fetched = textIn(answer, host);
        // An answer is an answer; only silence makes another address worth a try.
        if (answer.kind === 'response') break;
      }
      return fetched;
    },
  };
}

function textIn(answer: HttpsAnswer, host: string): Fetched {
  if (answer.kind === 'failed') {
    const code = certificateErrors.test(answer.code) ? 'sts-webpki-invalid' : 'sts-policy-fetch-error';
    return failed(code, `The policy of ${host} could not be fetched: ${answer.code}.`);
  }
  if (answer.status !== 200) {
    return failed('sts-policy-fetch-error', `${host} answered with the HTTP status ${answer.status}.`);
  }
  if (answer.contentType.split(';')[0]?.trim().toLowerCase() !== 'text/plain') {
    return failed('sts-policy-invalid', `What ${host} serves is not text/plain.`);
  }
  return { kind: 'text', text: answer.body.toString('utf8') };
}

function failed(code: TlsFailureCode, detail: string): Extract<Fetched, { kind: 'failed' }> {
  return { kind: 'failed', failure: { code, detail } satisfies TlsFailure };
}
