import type { TlsaRecord } from '../ports/resolver.ts';
import type { StsPolicy } from './sts-policy.ts';

/**
 * How TLS stands on a hop: `none` never, `opportunistic` if offered and with whatever certificate, `encrypted` always and with
 * whatever certificate, `required` verified by the trusted authorities or not at all, `dane` verified by TLSA records or not at
 * all; `implicit` is `required` from the first byte.
 */
export type TlsDemand = 'none' | 'opportunistic' | 'encrypted' | 'required' | 'dane' | 'implicit';

/**
 * The rule that a demand follows from, as records name it: the operator's setting or the email's (`none`, `opportunistic`,
 * `required`, `verified`, `implicit`), or what the domain has published.
 */
export type TlsRule =
  | 'none'
  | 'opportunistic'
  | 'required'
  | 'verified'
  | 'implicit'
  | 'dane'
  | 'mta-sts'
  | 'mta-sts-testing';

const failureCodes = [
  'starttls-not-supported',
  'certificate-host-mismatch',
  'certificate-expired',
  'certificate-not-trusted',
  'validation-failure',
  'tlsa-invalid',
  'dnssec-invalid',
  'dane-required',
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
] as const;

/** RFC 8460 §4.3, the words of reports about TLS. */
export type TlsFailureCode = (typeof failureCodes)[number];

/** `detail` is one sentence. */
export type TlsFailure = { readonly code: TlsFailureCode; readonly detail: string };

/** What a certificate is held against under DANE (RFC 7672 §3). */
export type DaneReference = {
  /** The TLSA base domain: what SNI says, and a name the certificate may be for. */
  readonly base: string;
  /** Other names it may be for: the domains that the mail is for (RFC 7672 §3.2.2). */
  readonly names: readonly string[];
  /** Those that can be used; never empty. */
  readonly records: readonly TlsaRecord[];
};

/** What a domain says about TLS with its hosts; an MTA-STS policy is `null` where there is one that cannot be had. */
export type PublishedTls =
  | { readonly kind: 'tlsa'; readonly records: readonly TlsaRecord[] }
  | { readonly kind: 'sts'; readonly policy: StsPolicy | null }
  | { readonly kind: 'none' };

export type TlsPolicy = {
  readonly rule: TlsRule;
  /** The domain that the mail is for, or the smarthost. */
  readonly domain: string;
  /** Set where the demand is `dane`. */
  readonly dane: DaneReference | null;
  /** What stands against the host already under a policy in testing mode, which hinders nothing. */
  readonly objection: TlsFailure | null;
  /** What the rule follows from, for reports to the domain; `null` where the rule is not the domain's own, which is none of its business. */
  readonly published: PublishedTls | null;
};

/** A policy that needs nothing but its rule: the operator's own, unless `published` says what the domain has. */
export function plainPolicy(domain: string, rule: TlsRule, published: PublishedTls | null = null): TlsPolicy {
  return { rule, domain, dane: null, objection: null, published };
}

/** Whether an error of an attempt is about TLS, in the words of reports. */
export function isTlsFailure(error: { readonly code: string; readonly detail: string } | null): error is TlsFailure {
  return error !== null && (failureCodes as readonly string[]).includes(error.code);
}
