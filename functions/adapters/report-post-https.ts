import type { SecureContext } from 'node:tls';

import type { Clock } from '../core/ports/clock.ts';
import type { TlsReportDelivery } from '../core/tls/send-tls-reports.ts';
import { type HttpsAnswer, requestHttps } from './https-request.ts';

export type ReportPostPorts = {
  readonly clock: Clock;
  /** The addresses of a host that may be dialled, or one sentence. */
  readonly addressesOf: (
    host: string,
    deadline: number,
  ) => Promise<
    { readonly kind: 'addresses'; readonly ips: readonly string[] } | { readonly kind: 'none'; readonly detail: string }
  >;
  readonly secureContext: () => SecureContext;
  /** Whether other ports than that of HTTPS are dialled: they are where services are that nobody should reach through us. */
  readonly anyPort: boolean;
};

const httpsPort = 443;
/** What the far side says is not read beyond this, and not used. */
const mostAnswerBytes = 64 * 1024;

/**
 * Posts gzipped reports (RFC 8460 §5.4) to URLs that other people have published: at a vetted address of the host, to a
 * certificate that is verified, without following redirects.
 */
export function createHttpsReportPost(
  ports: ReportPostPorts,
): (url: URL, gzip: Uint8Array, deadline: number) => Promise<TlsReportDelivery> {
  const { clock } = ports;
  return async (url, gzip, deadline) => {
    const host = url.hostname;
    const port = url.port === '' ? httpsPort : Number(url.port);
    if (port !== httpsPort && !ports.anyPort) return failed(`The port ${port} is not dialled for reports.`);
    const found = await ports.addressesOf(host, deadline);
    if (found.kind === 'none') return failed(found.detail);
    const wanted = {
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: { 'content-type': 'application/tlsrpt+gzip', connection: 'close' },
      body: gzip,
      mostBytes: mostAnswerBytes,
    } as const;
    let last = failed(`There was no time to ask ${host}.`);
    for (const [index, ip] of found.ips.entries()) {
      const leftMs = (deadline - clock.now()) / (found.ips.length - index);
      const means = { secureContext: ports.secureContext(), agent: false } as const;
      const answer = await requestHttps({ host, ip, port }, wanted, means, leftMs);
      last = deliveryBy(answer, host);
      // Another address may be worth a try where nobody can have taken the report.
      if (answer.kind === 'response' || answer.code !== 'ECONNREFUSED') break;
    }
    return last;
  };
}

function deliveryBy(answer: HttpsAnswer, host: string): TlsReportDelivery {
  if (answer.kind === 'failed') return failed(`The report could not be posted to ${host}: ${answer.code}.`);
  return answer.status >= 200 && answer.status < 300
    ? { kind: 'delivered' }
    : failed(`${host} answered with the HTTP status ${answer.status}.`);
}

function failed(detail: string): TlsReportDelivery {
  return { kind: 'failed', detail };
}
