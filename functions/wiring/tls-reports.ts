import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { createHttpsReportPost } from '../adapters/report-post-https.ts';
import type { Config } from '../config.ts';
import { accept } from '../core/accept.ts';
import { limits } from '../core/limits.ts';
import { addressOf, type Mailbox } from '../core/mailbox.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { DeliveryLog } from '../core/ports/delivery-log.ts';
import type { Log } from '../core/ports/log.ts';
import type { Random } from '../core/ports/random.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { TlsReports } from '../core/ports/tls-reports.ts';
import { defaultProjectId } from '../core/keys/project-name.ts';
import type { RawDraft } from '../core/raw-draft.ts';
import { sendTlsReports, type TlsReportDelivery, type TlsReportFile } from '../core/tls/send-tls-reports.ts';
import { createComposer } from '../mime/compose.ts';
import type { DkimKeyRing } from '../mime/dkim-key-ring.ts';
import { tlsReportMessage, tlsReportSubject } from '../mime/tls-report-message.ts';
import type { EmbeddedParts } from './embedded.ts';
import { addressesForHttps } from './https-addresses.ts';
import { reportEndpointsOf } from './tls-tally.ts';
import { wireTrust } from './trust.ts';

type Ambient = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly deliveryLog?: DeliveryLog;
};
type Stores = Pick<EmbeddedParts, 'admissions' | 'domains' | 'suppressions'> & { readonly tlsReports: TlsReports };

export type TlsReportSettings = { readonly resolver: Resolver; readonly operatorKeys: DkimKeyRing };

/** Sends the reports about TLS that are due: by mail as an email of the default project, or over HTTPS. Nothing leaves the sandbox. */
export function wireTlsReports(
  config: Config,
  stores: Stores,
  settings: TlsReportSettings,
  ambient: Ambient,
): (signal: AbortSignal) => Promise<void> {
  const { tlsReportFrom: from, route, allowPrivateAddresses } = config;
  if (from === null || route.kind === 'sandbox') return async () => undefined;
  const { clock, log } = ambient;
  const { resolver } = settings;
  const post = createHttpsReportPost({
    clock,
    addressesOf: (host, deadline) => addressesForHttps(host, deadline, { resolver, allowPrivateAddresses }),
    secureContext: wireTrust(config),
    anyPort: allowPrivateAddresses,
  });
  const ports = {
    clock,
    log,
    tlsReports: stores.tlsReports,
    reporter: { organization: from.domain, contact: addressOf(from), domain: from.domain },
    endpointsOf: (domain: string, deadline: number) => reportEndpointsOf(domain, deadline, resolver),
  };
  return (signal) =>
    sendTlsReports(
      {
        ...ports,
        async deliver(file, endpoint, deadline) {
          const gzip = gzipSync(JSON.stringify(file.report));
          return endpoint.kind === 'https'
            ? await post(endpoint.url, gzip, deadline)
            : await mailed(file, gzip, { from, to: endpoint.mailbox }, { config, stores, settings, ambient });
        },
      },
      signal,
    );
}

type MailMeans = {
  readonly config: Config;
  readonly stores: Stores;
  readonly settings: TlsReportSettings;
  readonly ambient: Ambient;
};

async function mailed(
  file: TlsReportFile,
  gzip: Uint8Array,
  { from, to }: { readonly from: Mailbox; readonly to: Mailbox },
  { config, stores, settings, ambient }: MailMeans,
): Promise<TlsReportDelivery> {
  // RFC 8460 §3: a report without a signature is ignored.
  if (!(await isSigned(from.domain, stores, settings))) {
    return { kind: 'failed', detail: `There is no DKIM key for ${from.domain}, and reports have to be signed.` };
  }
  const now = ambient.clock.now();
  const suppressed = await stores.suppressions.among(defaultProjectId, [to], now);
  const sendable = reportDraft({ ...file, from, to, gzip }, now, ambient.random);
  // The same report for the same address is accepted once, whoever asks for it and however often.
  const key = createHash('sha256')
    .update(`${file.report['report-id']} ${addressOf(to)}`)
    .digest('hex');
  const request = { projectId: defaultProjectId, route: 'tls-report', key, fingerprint: key };
  const answer = { status: 202, body: '{}', warning: null };
  const accepted = await accept(
    [{ sendable, suppressed, keep: { request, render: () => answer } }],
    { projectId: defaultProjectId, keep: null },
    {
      ...ambient,
      ...stores,
      composer: createComposer(ambient.random),
      maxAgeMs: config.maxAgeMs,
      unsubscribeUrl: null,
    },
  );
  return accepted.kind === 'unavailable' ? { kind: 'failed', detail: accepted.why } : { kind: 'delivered' };
}

async function isSigned(
  domain: string,
  { domains }: Pick<Stores, 'domains'>,
  { operatorKeys }: TlsReportSettings,
): Promise<boolean> {
  if (operatorKeys.keysOf(domain).length > 0) return true;
  return (await domains.verified(domain)).some(({ projectId }) => projectId === defaultProjectId);
}

function reportDraft(mail: Parameters<typeof tlsReportMessage>[0], now: number, random: Random): RawDraft {
  return {
    from: { name: null, mailbox: mail.from },
    sender: mail.from,
    recipients: [mail.to],
    message: { bytes: tlsReportMessage(mail, random), messageId: null, dated: false },
    subject: tlsReportSubject(mail),
    tags: ['tls-report'],
    metadata: {},
    scheduledAt: null,
    expiresAt: now + limits.tlsReportMailMs,
    // The message itself says that it would rather arrive.
    tls: 'opportunistic',
    onSuppressed: 'skip',
    onInDoubt: 'hold',
    test: false,
  };
}
