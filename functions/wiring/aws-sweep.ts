import { createDynamodbStsPolicies } from '../adapters/sts-policies-dynamodb.ts';
import { classify } from '../bounce/classify.ts';
import { limits } from '../core/limits.ts';
import { logTlsResults } from '../core/tls/log-tls-results.ts';
import { notingFullMailboxes } from '../core/suppression/note-full-mailboxes.ts';
import { createReleases } from '../core/shaping/releases.ts';
import { sweepNotifications } from '../core/events/notify.ts';
import { sweep } from '../core/sweep.ts';
import type { Sts } from '../dns/sts-lookup.ts';
import { type AwsProcess, type InvocationContext, startAws, wireAwsDomains } from './aws-process.ts';
import { refuseOtherMasterKey } from './domains.ts';
import type { wireTlsReports } from './tls-reports.ts';

/**
 * What is to be done every minute: due deliveries and webhooks go on, sender domains are checked whose time has come, MTA-STS
 * policies of others are fetched anew, and reports about TLS are sent. Stops in time for the next minute to go on with what is
 * left. Rejects when any of it failed, after the rest has ended. Rejects with an Error of one sentence when it cannot start.
 */
export async function startSweep(
  environment: NodeJS.ProcessEnv,
): Promise<(event: unknown, context: InvocationContext) => Promise<{ readonly moved: number }>> {
  const process = await startAws(environment, { dials: false });
  const { config, parts, ambient } = process;
  const domains = wireAwsDomains(process);
  const releases = createReleases({ perSecond: limits.releasesPerSecond, burst: limits.releaseBurst });
  const ledger = notingFullMailboxes(parts.ledger, { ...ambient, ...parts, classify });
  const ports = { ...ambient, ...parts, ledger, classify, releases, retryScheduleMs: config.retryScheduleMs };
  const refreshPolicies = policyRefresh(process);
  const sendReports = tlsReporting(process);
  let masterKeyChecked = false;
  return async (_event, context) => {
    const leftMs = context.getRemainingTimeInMillis() - limits.recordingMs;
    const signal = leftMs > 0 ? AbortSignal.timeout(leftMs) : AbortSignal.abort();
    const [swept, ...others] = await Promise.allSettled([
      sweep(ports, signal),
      sweepNotifications({ ...ports, deliveries: parts.webhookDeliveries }, signal),
      domains.recheck(signal),
      refreshPolicies(signal),
      sendReports(signal),
      masterKeyChecked ? undefined : refuseOtherMasterKey(parts),
    ]);
    masterKeyChecked ||= others.every(({ status }) => status === 'fulfilled');
    const failures = [swept, ...others].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    for (const failure of failures) ambient.log.error('sweep_failed', { why: String(failure) });
    if (failures.length > 0) throw failures[0];
    return { moved: swept.status === 'fulfilled' ? swept.value : 0 };
  };
}

// Only the mx route sends by the policies of others.
function policyRefresh({ config, clients, ambient }: AwsProcess): (signal: AbortSignal) => Promise<void> {
  if (config.route.kind !== 'mx') return async () => undefined;
  let wired: Promise<Sts> | null = null;
  const wire = async (): Promise<Sts> => {
    const [{ wireSts }, { wireUncachedResolver }] = await Promise.all([import('./sts.ts'), import('./resolver.ts')]);
    const table = { client: clients.dynamodb, name: config.aws.table, clock: ambient.clock };
    const tlsResults = logTlsResults(ambient.log);
    return wireSts(
      config,
      createDynamodbStsPolicies(table),
      wireUncachedResolver(config, ambient),
      tlsResults,
      ambient,
    );
  };
  return async (signal) => await (await (wired ??= wire())).refresh(signal);
}

// Most deployments send none.
function tlsReporting({
  config,
  clients,
  parts,
  operatorKeys,
  ambient,
}: AwsProcess): ReturnType<typeof wireTlsReports> {
  if (config.tlsReportFrom === null) return async () => undefined;
  let wired: Promise<ReturnType<typeof wireTlsReports>> | null = null;
  const wire = async (): Promise<ReturnType<typeof wireTlsReports>> => {
    const [reporting, { wireUncachedResolver }, { createDynamodbTlsReports }] = await Promise.all([
      import('./tls-reports.ts'),
      import('./resolver.ts'),
      import('../adapters/tls-reports-dynamodb.ts'),
    ]);
    const table = { client: clients.dynamodb, name: config.aws.table, clock: ambient.clock };
    const stores = { ...parts, tlsReports: createDynamodbTlsReports(table, ambient.random) };
    const settings = { resolver: wireUncachedResolver(config, ambient), operatorKeys };
    return reporting.wireTlsReports(config, stores, settings, ambient);
  };
  return async (signal) => await (await (wired ??= wire()))(signal);
}
