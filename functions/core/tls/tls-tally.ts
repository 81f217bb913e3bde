import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { TlsReports, TlsReportSubject } from '../ports/tls-reports.ts';
import type { TlsResult, TlsResults } from '../ports/tls-results.ts';
import { findingOf, type TlsCount, type TlsFinding, withoutDetail } from './tls-finding.ts';
import { spanOf, utcDayOf } from './utc-day.ts';

export type TlsTallyPorts = {
  readonly tlsReports: Pick<TlsReports, 'add'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether a domain wants reports; what is not known counts as yes. Has ended by `deadline`. */
  readonly isWanted: (domain: string, deadline: number) => Promise<boolean>;
  /** Whether an address of ours means anything to others. */
  readonly isTold: (ip: string) => boolean;
};

/** Results of TLS, counted in memory until they are flushed. */
export type TlsTally = TlsResults & {
  /** Hands on what was counted, unless that was done less than `leastMs` ago. Never rejects. */
  flush(leastMs: number): Promise<void>;
};

type Day = {
  readonly subject: TlsReportSubject;
  readonly counts: Map<string, { finding: TlsFinding; sessions: number }>;
};

/** Domains whose counts are written at a time. */
const writesAtOnce = 10;

/**
 * Counts results by domain, day, policy and failure, and hands on the sums: one write for each domain that wants reports,
 * however many sessions there were. What a process has not handed on when it dies is lost, and missing in the report: the
 * price for a store that is not written to for every session.
 */
export function createTlsTally(ports: TlsTallyPorts): TlsTally {
  const { clock, log } = ports;
  let days = new Map<string, Day>();
  let flushedAt = Number.NEGATIVE_INFINITY;
  /** Days of domains for which the store has enough details. */
  const crowded = new Set<string>();
  return {
    note(result) {
      if (!count(result, days, crowded, ports)) log.warn('tls_result_not_counted', { domain: result.policy.domain });
    },
    async flush(leastMs) {
      const now = clock.now();
      if (now - flushedAt < leastMs || days.size === 0) return;
      flushedAt = now;
      const waiting = [...days.values()].values();
      days = new Map();
      for (const name of crowded) if (!name.startsWith(utcDayOf(now))) crowded.delete(name);
      const lanes = Array.from({ length: writesAtOnce }, async () => {
        for (const day of waiting) if ((await handOn(day, ports)) === 'crowded') crowded.add(nameOf(day.subject));
      });
      await Promise.all(lanes);
    },
  };
}

function nameOf({ day, domain }: TlsReportSubject): string {
  return `${day} ${domain}`;
}

function count(
  result: TlsResult,
  days: Map<string, Day>,
  crowded: ReadonlySet<string>,
  { clock, isTold }: TlsTallyPorts,
): boolean {
  const finding = findingOf(result, isTold);
  if (finding === null) return true;
  const subject = { domain: result.policy.domain, day: utcDayOf(clock.now()) };
  const name = nameOf(subject);
  const known = days.get(name);
  if (known === undefined && days.size >= limits.tlsDomainsHeld) return false;
  const { counts } = known ?? { counts: new Map() };
  if (known === undefined) days.set(name, { subject, counts });
  const exact = JSON.stringify(finding);
  const isRoomy = !crowded.has(name) && (counts.has(exact) || counts.size < limits.tlsFindingsHeld);
  const counted = isRoomy ? finding : withoutDetail(finding);
  const key = JSON.stringify(counted);
  counts.set(key, { finding: counted, sessions: (counts.get(key)?.sessions ?? 0) + 1 });
  return true;
}

// Counts that may have been written are not written again: a report with too few sessions is better than one with too many.
async function handOn({ subject, counts }: Day, ports: TlsTallyPorts): Promise<'roomy' | 'crowded'> {
  const { clock, random, log, tlsReports } = ports;
  try {
    if (!(await ports.isWanted(subject.domain, clock.now() + limits.tlsReportLookupMs))) return 'roomy';
    const sums: TlsCount[] = [...counts.values()];
    const dueAt = spanOf(subject.day).end + limits.tlsReportDelayMs + random.fraction() * limits.tlsReportSpreadMs;
    return await tlsReports.add(subject, sums, Math.floor(dueAt));
  } catch (error) {
    log.error('tls_results_lost', { domain: subject.domain, why: String(error) });
    return 'roomy';
  }
}
