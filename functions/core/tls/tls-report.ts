import type { TlsReportSubject } from '../ports/tls-reports.ts';
import type { ReportedFailure, ReportedPolicy, TlsCount } from './tls-finding.ts';
import { spanOf } from './utc-day.ts';

/** Who reports. `contact` is an address, `organization` and `domain` its domain. */
export type TlsReporter = { readonly organization: string; readonly contact: string; readonly domain: string };

type FailureDetail = {
  readonly 'result-type': string;
  readonly 'sending-mta-ip'?: string;
  readonly 'receiving-mx-hostname'?: string;
  readonly 'receiving-ip'?: string;
  readonly 'failed-session-count': number;
  readonly 'failure-reason-code'?: string;
};

type PolicyReport = {
  readonly policy: {
    readonly 'policy-type': ReportedPolicy['type'];
    readonly 'policy-string'?: readonly string[];
    readonly 'policy-domain': string;
    readonly 'mx-host'?: readonly string[];
  };
  readonly summary: {
    readonly 'total-successful-session-count': number;
    readonly 'total-failure-session-count': number;
  };
  readonly 'failure-details'?: readonly FailureDetail[];
};

/** RFC 8460 §4.4. */
export type TlsReport = {
  readonly 'organization-name': string;
  readonly 'date-range': { readonly 'start-datetime': string; readonly 'end-datetime': string };
  readonly 'contact-info': string;
  readonly 'report-id': string;
  readonly policies: readonly PolicyReport[];
};

/** The report on a day with one domain. The same counts in any order make the same report. Pure. */
export function tlsReportOf(subject: TlsReportSubject, counts: readonly TlsCount[], reporter: TlsReporter): TlsReport {
  const byPolicy = Map.groupBy(counts, ({ finding }) => JSON.stringify(finding.policy));
  return {
    'organization-name': reporter.organization,
    'date-range': { 'start-datetime': `${subject.day}T00:00:00Z`, 'end-datetime': `${subject.day}T23:59:59Z` },
    'contact-info': reporter.contact,
    'report-id': tlsReportId(subject, reporter),
    policies: [...byPolicy]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([, sharing]) => policyReport(subject.domain, sharing)),
  };
}

/** The name of a report, made of what it is about, so that one that comes twice is known for the same. Pure. */
export function tlsReportId({ day, domain }: TlsReportSubject, reporter: TlsReporter): string {
  return `${day}.${domain}@${reporter.domain}`;
}

/** The name of the file (RFC 8460 §5.1). Pure. */
export function tlsReportFilename({ day, domain }: TlsReportSubject, reporter: TlsReporter): string {
  const { begin, end } = spanOf(day);
  const lastSecond = end / 1_000 - 1;
  return `${[reporter.domain, domain, begin / 1_000, lastSecond, day.replaceAll('-', '')].join('!')}.json.gz`;
}

function policyReport(domain: string, counts: readonly TlsCount[]): PolicyReport[] {
  const policy = counts[0]?.finding.policy;
  if (policy === undefined) return [];
  const { type, lines, mxHosts } = policy;
  const failures = counts.flatMap(({ finding: { failure }, sessions }) =>
    failure ? [detailOf(failure, sessions)] : [],
  );
  const failed = failures.reduce((sum, detail) => sum + detail['failed-session-count'], 0);
  const all = counts.reduce((sum, { sessions }) => sum + sessions, 0);
  return [
    {
      policy: {
        'policy-type': type,
        ...(lines.length > 0 && { 'policy-string': lines }),
        'policy-domain': domain,
        ...(mxHosts.length > 0 && { 'mx-host': mxHosts }),
      },
      summary: { 'total-successful-session-count': all - failed, 'total-failure-session-count': failed },
      ...(failures.length > 0 && { 'failure-details': failures.toSorted(moreFirst) }),
    },
  ];
}

function detailOf({ code, host, ip, localIp, reason }: ReportedFailure, sessions: number): FailureDetail {
  return {
    'result-type': code,
    ...(localIp !== null && { 'sending-mta-ip': localIp }),
    ...(host !== null && { 'receiving-mx-hostname': host }),
    ...(ip !== null && { 'receiving-ip': ip }),
    'failed-session-count': sessions,
    ...(reason !== null && { 'failure-reason-code': reason }),
  };
}

function moreFirst(left: FailureDetail, right: FailureDetail): number {
  const difference = right['failed-session-count'] - left['failed-session-count'];
  return difference === 0 ? (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1) : difference;
}
