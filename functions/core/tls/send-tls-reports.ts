import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { TlsReports, TlsReportState } from '../ports/tls-reports.ts';
import type { ReportEndpoint } from './report-endpoint.ts';
import { type TlsReport, type TlsReporter, tlsReportFilename, tlsReportOf } from './tls-report.ts';
import { spanOf, utcDayOf } from './utc-day.ts';

/** A report on its way to an endpoint. */
export type TlsReportFile = { readonly domain: string; readonly filename: string; readonly report: TlsReport };

/** `failed` is worth another try; `detail` is one sentence. */
export type TlsReportDelivery = { readonly kind: 'delivered' } | { readonly kind: 'failed'; readonly detail: string };

export type SendTlsReportsPorts = {
  readonly tlsReports: TlsReports;
  readonly clock: Clock;
  readonly log: Log;
  readonly reporter: TlsReporter;
  /** Where a domain wants its reports; `null` when that cannot be known now. Has ended by `deadline`. */
  readonly endpointsOf: (domain: string, deadline: number) => Promise<readonly ReportEndpoint[] | null>;
  /** Hands a report to an endpoint. The same report handed over twice is to be told for the same. Has ended by `deadline`. */
  readonly deliver: (file: TlsReportFile, endpoint: ReportEndpoint, deadline: number) => Promise<TlsReportDelivery>;
};

const dayMs = 86_400_000;

/**
 * Sends the reports whose time has come, each to every endpoint its domain names, and forgets days long past. A report is
 * leased before it is sent, and what has taken it is on record after each endpoint: several workers do not send it twice, and
 * one that dies in between leaves at most one endpoint in doubt. What was not taken is tried again until it is too late for it.
 */
export async function sendTlsReports(ports: SendTlsReportsPorts, signal: AbortSignal): Promise<void> {
  const { clock, tlsReports } = ports;
  const now = clock.now();
  await tlsReports.purge(utcDayOf(now - limits.tlsReportKeptDays * dayMs));
  const due = (await tlsReports.due(now, limits.tlsReportsPerSweep)).values();
  const lanes = Array.from({ length: limits.tlsReportsAtOnce }, async () => {
    for (const state of due) {
      if (signal.aborted) return;
      await sendOne(state, ports);
    }
  });
  await Promise.all(lanes);
}

async function sendOne(state: TlsReportState, ports: SendTlsReportsPorts): Promise<void> {
  try {
    const leased = await leasedFrom(state, ports);
    if (leased !== null) await sendLeased(leased, ports);
  } catch (error) {
    // The lease runs out, and then it comes again.
    ports.log.error('tls_report_failed', { domain: state.domain, day: state.day, why: String(error) });
  }
}

async function leasedFrom(
  state: TlsReportState,
  { tlsReports, clock }: SendTlsReportsPorts,
): Promise<TlsReportState | null> {
  const leased = { ...state, version: state.version + 1, dueAt: clock.now() + limits.tlsReportLeaseMs };
  return (await tlsReports.save(leased)) === 'saved' ? leased : null;
}

async function sendLeased(leased: TlsReportState, ports: SendTlsReportsPorts): Promise<void> {
  const { tlsReports, clock, log } = ports;
  const { domain, day } = leased;
  const endpoints = await ports.endpointsOf(domain, clock.now() + limits.tlsReportLookupMs);
  let state = leased;
  let missed = endpoints === null ? 1 : 0;
  const file = await fileOf(leased, ports);
  for (const endpoint of endpoints ?? []) {
    if (state.deliveredTo.includes(endpoint.uri)) continue;
    const delivery = await ports.deliver(file, endpoint, clock.now() + limits.tlsReportPostMs);
    if (delivery.kind === 'failed') {
      missed++;
      log.warn('tls_report_not_taken', { domain, day, endpoint: endpoint.uri, why: delivery.detail });
      continue;
    }
    log.info('tls_report_sent', { domain, day, endpoint: endpoint.uri });
    state = { ...state, version: state.version + 1, deliveredTo: [...state.deliveredTo, endpoint.uri] };
    // Somebody else has it by now, and goes on with it.
    if ((await tlsReports.save(state)) === 'fenced') return;
  }
  const dueAt = missed === 0 ? null : nextTry(day, clock.now());
  if (missed > 0 && dueAt === null) log.warn('tls_report_given_up', { domain, day });
  await tlsReports.save({ ...state, version: state.version + 1, dueAt });
}

async function fileOf(subject: TlsReportState, { tlsReports, reporter }: SendTlsReportsPorts): Promise<TlsReportFile> {
  const report = tlsReportOf(subject, await tlsReports.counts(subject), reporter);
  return { domain: subject.domain, filename: tlsReportFilename(subject, reporter), report };
}

function nextTry(day: string, now: number): number | null {
  const at = now + limits.tlsReportRetryMs;
  return at < spanOf(day).end + limits.tlsReportGiveUpMs ? at : null;
}
