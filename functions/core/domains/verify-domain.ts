import { checkRecord } from './check-record.ts';
import { type Publishing, recordsToPublish } from './domain-records.ts';
import type { DomainId } from '../ids.ts';
import { limits } from '../limits.ts';
import { nextDomainStatus, sightingOf } from './next-domain-status.ts';
import type { Clock } from '../ports/clock.ts';
import type { Domains, RecordCheck, SenderDomain } from '../ports/domains.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { Resolver } from '../ports/resolver.ts';
import { spreadMs } from '../retry-delay.ts';

export type VerifyDomainPorts = {
  readonly domains: Domains;
  /** One that remembers nothing: whoever has just published a record wants it seen. */
  readonly resolver: Resolver;
  readonly publishing: Publishing;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/**
 * Asks DNS for the records of a domain and stores where it stands now. Of two checks at the same time the one that began later
 * counts. `null` when the domain was removed meanwhile.
 */
export async function verifyDomain(domain: SenderDomain, ports: VerifyDomainPorts): Promise<SenderDomain | null> {
  const checkedAt = ports.clock.now();
  const records = await checkedRecords(domain, checkedAt + limits.domainCheckMs, ports);
  const now = ports.clock.now();
  const { recheckMs, ...standing } = nextDomainStatus(domain, sightingOf(records), now);
  const nextCheckAt = now + spreadMs(recheckMs, ports.random.fraction());
  const checked: SenderDomain = { ...domain, ...standing, checkedAt, nextCheckAt, records };
  const stored = await ports.domains.update(checked);
  if (!stored) return await ports.domains.find(domain.projectId, domain.id);
  logCheck(domain, checked, ports.log);
  return checked;
}

/** Checks every domain whose time has come, some at once, until there are none or `signal` is aborted. */
export async function recheckDomains(ports: VerifyDomainPorts, signal: AbortSignal): Promise<void> {
  const startedAt = ports.clock.now();
  const seen = new Set<DomainId>();
  while (!signal.aborted) {
    const due = await ports.domains.due(startedAt, limits.domainChecksAtOnce);
    // What is still due after its check (the clock was put back, say) waits for the next round.
    const fresh = due.filter(({ id }) => !seen.has(id));
    if (fresh.length === 0) return;
    for (const { id } of fresh) seen.add(id);
    await Promise.all(fresh.map((domain) => verifyDomain(domain, ports)));
  }
}

async function checkedRecords(
  { name, keys }: SenderDomain,
  deadline: number,
  { publishing, resolver }: VerifyDomainPorts,
): Promise<readonly RecordCheck[]> {
  const records = recordsToPublish(name, keys, publishing);
  const statuses = await Promise.all(records.map((record) => checkRecord(record, resolver, deadline)));
  return records.map((record, index) => ({ ...record, status: statuses[index] ?? 'unknown' }));
}

function logCheck(before: SenderDomain, after: SenderDomain, log: Log): void {
  const { id, name, status, missedChecks, records } = after;
  const seen = records.filter((record) => record.status === 'verified').length;
  log.info('domain_checked', {
    domain: id,
    name,
    status,
    before: before.status,
    sighting: sightingOf(records),
    missed_checks: missedChecks,
    records_seen: seen,
    records: records.length,
  });
}
