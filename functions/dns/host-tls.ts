import type { PublishedTls, TlsDemand, TlsFailure, TlsPolicy, TlsRule } from '../core/tls/tls-policy.ts';
import { plainPolicy } from '../core/tls/tls-policy.ts';
import type { Dane } from './dane-lookup.ts';
import type { StsPolicy } from '../core/tls/sts-policy.ts';
import { isListed } from './sts-patterns.ts';
import type { TlsLevel } from './tls-levels.ts';

export type HostTls =
  | { readonly kind: 'usable'; readonly tls: TlsDemand; readonly policy: TlsPolicy }
  /** Nothing may be sent to this host, whatever its certificate. */
  | {
      readonly kind: 'excluded';
      readonly rule: TlsRule;
      readonly published: PublishedTls;
      readonly failure: TlsFailure;
    };

/** Everything that is known about the TLS of one mail host of a domain. */
export type HostFacts = {
  readonly domain: string;
  readonly host: string;
  /** The operator's word for the domain. */
  readonly level: TlsLevel | null;
  readonly sts: StsPolicy | null;
  readonly dane: Dane;
};

// There are TLSA records, and none that could be used or had.
const unusable: PublishedTls = { kind: 'tlsa', records: [] };

/**
 * What is demanded of a host. What the domain has published holds, unless the operator has said that its TLS does not matter
 * (`none`, `opportunistic`); of the operator's `required` and `verified` and the published rules the strictest counts. DANE
 * decides about the certificate where it can be used (RFC 8461 §2: MTA-STS must not override it), a list of hosts under
 * MTA-STS holds beside it. Pure.
 */
export function tlsOfHost({ domain, host, level, sts, dane }: HostFacts): HostTls {
  if (level === 'none' || level === 'opportunistic') return plain(domain, level, level, null);
  if (dane.kind === 'failure') {
    return { kind: 'excluded', rule: 'dane', published: unusable, failure: failedLookup(host, dane.detail) };
  }
  const unlisted = sts === null || sts.mode === 'none' || isListed(host, sts.mx) ? null : notListed(host);
  if (sts?.mode === 'enforce' && unlisted !== null) {
    return { kind: 'excluded', rule: 'mta-sts', published: { kind: 'sts', policy: sts }, failure: unlisted };
  }
  if (dane.kind === 'usable') {
    const { reference } = dane;
    const policy = plainPolicy(domain, 'dane', { kind: 'tlsa', records: reference.records });
    return { kind: 'usable', tls: 'dane', policy: { ...policy, dane: reference } };
  }
  if (sts?.mode === 'enforce') return plain(domain, 'required', 'mta-sts', { kind: 'sts', policy: sts });
  if (level === 'verified') return plain(domain, 'required', 'verified', null);
  if (dane.kind === 'unusable') return plain(domain, 'encrypted', 'dane', unusable);
  if (level === 'required') return plain(domain, 'encrypted', 'required', null);
  if (sts?.mode !== 'testing') return plain(domain, 'opportunistic', 'opportunistic', { kind: 'none' });
  return {
    kind: 'usable',
    tls: 'opportunistic',
    policy: { ...plainPolicy(domain, 'mta-sts-testing', { kind: 'sts', policy: sts }), objection: unlisted },
  };
}

function plain(domain: string, tls: TlsDemand, rule: TlsRule, published: PublishedTls | null): HostTls {
  return { kind: 'usable', tls, policy: plainPolicy(domain, rule, published) };
}

function failedLookup(host: string, detail: string): TlsFailure {
  return { code: 'dnssec-invalid', detail: `The TLSA records of ${host} could not be looked up. ${detail}` };
}

function notListed(host: string): TlsFailure {
  return { code: 'validation-failure', detail: `The MTA-STS policy of the domain does not list ${host}.` };
}
