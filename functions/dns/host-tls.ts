import type { TlsDemand, TlsFailure, TlsPolicy, TlsRule } from '../core/tls-policy.ts';
import { plainPolicy } from '../core/tls-policy.ts';
import type { Dane } from './dane-lookup.ts';
import type { StsPolicy } from '../core/sts-policy.ts';
import { isListed } from './sts-patterns.ts';
import type { TlsLevel } from './tls-levels.ts';

export type HostTls =
  | { readonly kind: 'usable'; readonly tls: TlsDemand; readonly policy: TlsPolicy }
  /** Nothing may be sent to this host, whatever its certificate. */
  | { readonly kind: 'excluded'; readonly rule: TlsRule; readonly failure: TlsFailure };

/** Everything that is known about the TLS of one mail host of a domain. */
export type HostFacts = {
  readonly domain: string;
  readonly host: string;
  /** The operator's word for the domain. */
  readonly level: TlsLevel | null;
  readonly sts: StsPolicy | null;
  readonly dane: Dane;
};

/**
 * What is demanded of a host. What the domain has published holds, unless the operator has said that its TLS does not matter
 * (`none`, `opportunistic`); of the operator's `required` and `verified` and the published rules the strictest counts. DANE
 * decides about the certificate where it can be used (RFC 8461 §2: MTA-STS must not override it), a list of hosts under
 * MTA-STS holds beside it. Pure.
 */
export function tlsOfHost({ domain, host, level, sts, dane }: HostFacts): HostTls {
  if (level === 'none' || level === 'opportunistic') return plain(domain, level, level);
  if (dane.kind === 'failure') return { kind: 'excluded', rule: 'dane', failure: failedLookup(host, dane.detail) };
  const unlisted = sts === null || sts.mode === 'none' || isListed(host, sts.mx) ? null : notListed(host);
  if (sts?.mode === 'enforce' && unlisted !== null) return { kind: 'excluded', rule: 'mta-sts', failure: unlisted };
  if (dane.kind === 'usable') {
    return { kind: 'usable', tls: 'dane', policy: { ...plainPolicy(domain, 'dane'), dane: dane.reference } };
  }
  if (sts?.mode === 'enforce') return plain(domain, 'required', 'mta-sts');
  if (level === 'verified') return plain(domain, 'required', 'verified');
  if (dane.kind === 'unusable') return plain(domain, 'encrypted', 'dane');
  if (level === 'required') return plain(domain, 'encrypted', 'required');
  if (sts?.mode !== 'testing') return plain(domain, 'opportunistic', 'opportunistic');
  return {
    kind: 'usable',
    tls: 'opportunistic',
    policy: { ...plainPolicy(domain, 'mta-sts-testing'), objection: unlisted },
  };
}

function plain(domain: string, tls: TlsDemand, rule: TlsRule): HostTls {
  return { kind: 'usable', tls, policy: plainPolicy(domain, rule) };
}

function failedLookup(host: string, detail: string): TlsFailure {
  return { code: 'dnssec-invalid', detail: `The TLSA records of ${host} could not be looked up. ${detail}` };
}

function notListed(host: string): TlsFailure {
  return { code: 'validation-failure', detail: `The MTA-STS policy of the domain does not list ${host}.` };
}
