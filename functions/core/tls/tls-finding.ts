import type { TlsaRecord } from '../ports/resolver.ts';
import type { TlsResult } from '../ports/tls-results.ts';
import type { StsPolicy } from './sts-policy.ts';
import type { PublishedTls, TlsFailureCode } from './tls-policy.ts';

/** A policy as reports show it (RFC 8460 §4.4): `lines` is its policy-string, `mxHosts` the patterns of MTA-STS. */
export type ReportedPolicy = {
  readonly type: 'tlsa' | 'sts' | 'no-policy-found';
  readonly lines: readonly string[];
  readonly mxHosts: readonly string[];
};

/** A failure as reports show it; what is `null` is not known, or not told. */
export type ReportedFailure = {
  readonly code: TlsFailureCode;
  readonly host: string | null;
  readonly ip: string | null;
  readonly localIp: string | null;
  readonly reason: string | null;
};

/** What sessions had in common; two findings are the same when their JSON is. `failure` is `null` for those that went well. */
export type TlsFinding = { readonly policy: ReportedPolicy; readonly failure: ReportedFailure | null };

/** How many sessions of a day came to a finding. */
export type TlsCount = { readonly finding: TlsFinding; readonly sessions: number };

/** A policy may name any number of hosts; of a longer one the beginning says enough. */
const mostLines = 64;
const mostReasonCharacters = 200;

/**
 * What a report to the domain says of a result, or `null` where the result is none of its business. `isTold` says whether an
 * address of ours means anything to others. Pure.
 */
export function findingOf(result: TlsResult, isTold: (ip: string) => boolean): TlsFinding | null {
  const { policy, host, ip, localIp, failure } = result;
  if (policy.published === null) return null;
  return {
    policy: reportedPolicy(policy.published),
    failure: failure && {
      code: failure.code,
      host,
      ip,
      localIp: localIp !== null && isTold(localIp) ? localIp : null,
      reason: failure.detail.slice(0, mostReasonCharacters),
    },
  };
}

/** The same with nothing but the kinds of policy and failure: for when there are too many to tell apart. Pure. */
export function withoutDetail({ policy, failure }: TlsFinding): TlsFinding {
  return {
    policy: { type: policy.type, lines: [], mxHosts: [] },
    failure: failure && { code: failure.code, host: null, ip: null, localIp: null, reason: null },
  };
}

function reportedPolicy(published: PublishedTls): ReportedPolicy {
  switch (published.kind) {
    case 'none':
      return { type: 'no-policy-found', lines: [], mxHosts: [] };
    case 'tlsa':
      return { type: 'tlsa', lines: published.records.slice(0, mostLines).map(tlsaText), mxHosts: [] };
    case 'sts':
      return published.policy === null ? { type: 'sts', lines: [], mxHosts: [] } : reportedSts(published.policy);
  }
}

function reportedSts({ mode, mx, maxAgeSeconds }: StsPolicy): ReportedPolicy {
  const mxHosts = mx.slice(0, mostLines);
  const lines = [
    'version: STSv1',
    `mode: ${mode}`,
    ...mxHosts.map((pattern) => `mx: ${pattern}`),
    `max_age: ${maxAgeSeconds}`,
  ];
  return { type: 'sts', lines, mxHosts };
}

// The presentation format (RFC 6698 §2.2).
function tlsaText({ usage, selector, matchingType, association }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType} ${Buffer.from(association).toString('hex').toUpperCase()}`;
}
