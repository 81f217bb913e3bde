import type { ProjectId } from '../ids.ts';
import { limits } from '../limits.ts';
import { mailCounts } from '../mail-counts.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeliveryLog } from '../ports/delivery-log.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { ReturnPathBearer, ReturnPaths } from '../ports/return-paths.ts';
import type { Suppressions } from '../ports/suppressions.ts';
import { reportedDelivery } from './reported-delivery.ts';
import type { ReturnedMail } from './returned-mail.ts';

export type TakeReportPorts = {
  /** Never rejects, whatever the bytes. */
  readonly readReturnedMail: (message: Uint8Array) => Promise<ReturnedMail>;
  readonly returnPaths: ReturnPaths | null;
  readonly ledger: Pick<Ledger, 'look' | 'commit' | 'projectsOf'>;
  readonly suppressions: Pick<Suppressions, 'add'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly deliveryLog?: DeliveryLog;
  readonly metrics: Metrics;
};

type ReturnPathPorts = Pick<TakeReportPorts, 'returnPaths' | 'clock'> & { readonly ledger: Pick<Ledger, 'projectsOf'> };

/**
 * Whose mail a report may be about (`null`: anybody's), and whether it is only read. `sentTo` are the recipients of its envelope,
 * where these are known: better evidence than the addresses within it, which come after them.
 */
export type ReportContext = {
  readonly projectId: ProjectId | null;
  readonly dryRun: boolean;
  readonly sentTo?: readonly string[];
};

/** What a returned mail says and whether it may say it; `settled`: what follows from it is on record. If not, it has to come again. */
export type TakenReport = {
  readonly mail: ReturnedMail;
  readonly token: 'valid' | 'invalid' | 'none';
  readonly settled: boolean;
};

/**
 * Takes in a mail that came back: a report whose return path is proven ends recipients as `bounced`, notes complaints and
 * suppresses addresses, of the delivery that the return path was made for and of nobody else. Whatever else it may be changes
 * nothing. The same report again is the same. Rejects when a store is out of reach.
 *
 * Suppressions come first: whoever finds the record unchanged does both, and whoever finds it changed neither, so that a report
 * which is played again does not bring back an entry that somebody has taken off the list.
 */
export async function takeReport(
  message: Uint8Array,
  { projectId, dryRun, sentTo = [] }: ReportContext,
  ports: TakeReportPorts,
): Promise<TakenReport> {
  const mail = await ports.readReturnedMail(message);
  const { token, bearer } = await provenBy([...sentTo, ...mail.addressedTo], projectId, ports);
  const settled = dryRun || bearer === null || (await settle(bearer, mail, ports));
  return { mail, token, settled };
}

/** Whether an address is a return path of ours that still speaks for mail of the project (`null`: of anybody). */
export async function isOwnReturnPath(
  address: string,
  projectId: ProjectId | null,
  ports: ReturnPathPorts,
): Promise<boolean> {
  return (await provenBy([address], projectId, ports)).token === 'valid';
}

async function provenBy(
  addresses: readonly string[],
  projectId: ProjectId | null,
  { returnPaths, ledger, clock }: ReturnPathPorts,
): Promise<{ readonly token: TakenReport['token']; readonly bearer: ReturnPathBearer | null }> {
  let token: TakenReport['token'] = 'none';
  for (const address of addresses) {
    const emailId = returnPaths?.claimedBy(address) ?? null;
    if (emailId === null) continue;
    token = 'invalid';
    const projects = projectId === null ? await ledger.projectsOf(emailId) : [projectId];
    const bearer = returnPaths?.verified(address, projects, clock.now()) ?? null;
    if (bearer !== null) return { token: 'valid', bearer };
  }
  return { token, bearer: null };
}

// A report can be faster than the record of the attempt that it is about, and others write as well.
async function settle(bearer: ReturnPathBearer, mail: ReturnedMail, ports: TakeReportPorts): Promise<boolean> {
  const { ledger, suppressions, clock, log } = ports;
  const { deliveryId: id, projectId, position } = bearer;
  for (const until = clock.now() + limits.reportWaitMs; ; await clock.sleep(limits.reportLookMs)) {
    const found = await ledger.look({ id, projectId });
    if (found.kind === 'missing') return true;
    if (found.kind === 'found') {
      const reported = reportedDelivery(found.delivery, position, mail.recipients, clock.now());
      if (reported.kind === 'unchanged') return true;
      if (reported.kind === 'changed') {
        if (reported.suppressed.length > 0) await suppressions.add(reported.suppressed, clock.now());
        if ((await ledger.commit(reported.next)) === 'committed') {
          const change = { email: found.email, before: [found.delivery], next: [reported.next] };
          ports.deliveryLog?.note({ ...change, reported: mail.recipients });
          ports.metrics.record('report', mailCounts(found.delivery, reported.next));
          log.info('report_taken', { delivery: id, kind: mail.kind, suppressed: reported.suppressed.length });
          return true;
        }
      }
    }
    if (clock.now() >= until) return false;
  }
}
