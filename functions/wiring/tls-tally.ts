import type { Config } from '../config.ts';
import { logTlsResults } from '../core/tls/log-tls-results.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Random } from '../core/ports/random.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { TlsReports } from '../core/ports/tls-reports.ts';
import type { ReportEndpoint } from '../core/tls/report-endpoint.ts';
import { createTlsTally, type TlsTally } from '../core/tls/tls-tally.ts';
import { reportEndpointsIn } from '../dns/report-record.ts';
import { mayDial } from '../dns/vetting.ts';

/** What takes results of TLS: the log, and where reports are sent, the counts that they are made of. */
export function wireTlsTally(
  { tlsReportFrom }: Pick<Config, 'tlsReportFrom'>,
  tlsReports: TlsReports,
  resolver: Resolver,
  ambient: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): TlsTally {
  const logged = logTlsResults(ambient.log);
  if (tlsReportFrom === null) return { ...logged, flush: async () => undefined };
  const tally = createTlsTally({
    ...ambient,
    tlsReports,
    isWanted: async (domain, deadline) => (await reportEndpointsOf(domain, deadline, resolver))?.length !== 0,
    isTold: (ip) => mayDial(ip, false),
  });
  return {
    note(result) {
      logged.note(result);
      tally.note(result);
    },
    flush: (leastMs) => tally.flush(leastMs),
  };
}

/** Where a domain wants reports; `null` when DNS does not say. */
export async function reportEndpointsOf(
  domain: string,
  deadline: number,
  resolver: Resolver,
): Promise<readonly ReportEndpoint[] | null> {
  const answer = await resolver.txt(`_smtp._tls.${domain}`, deadline);
  switch (answer.kind) {
    case 'records':
      return reportEndpointsIn(answer.records);
    case 'nodata':
    case 'nxdomain':
      return [];
    case 'failure':
      return null;
  }
}
