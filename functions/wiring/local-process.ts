import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { systemClock } from '../adapters/clock-system.ts';
import { createLogMetrics } from '../adapters/metrics-log.ts';
import { createSwaggerUiAssets } from '../adapters/docs-assets-swagger-ui.ts';
import { systemRandom } from '../adapters/random-system.ts';
import { createMemoryRateLimiter } from '../adapters/rate-limiter-memory.ts';
import type { ReturnedMailListener } from '../adapters/returned-mail-smtp.ts';
import { classify } from '../bounce/classify.ts';
import type { Config } from '../config.ts';
import { consume } from '../core/consume.ts';
import { countCommits } from '../core/count-commits.ts';
import { housekeep } from '../core/housekeep.ts';
import { limits } from '../core/limits.ts';
import { notingFullMailboxes } from '../core/suppression/note-full-mailboxes.ts';
import { pumpWebhooks } from '../core/webhooks/pump-webhooks.ts';
import type { Log } from '../core/ports/log.ts';
import type { Metrics } from '../core/ports/metrics.ts';
import { createReleases } from '../core/shaping/releases.ts';
import { repeat } from '../core/repeat.ts';
import { sendOwedDsns } from '../core/dsn/send-owed-dsns.ts';
import { sweep } from '../core/sweep.ts';
import type { ApiRouter } from '../http/api-router.ts';
import { createMalformedAnswer } from '../http/malformed-request.ts';
import { createSigningKeys } from '../mime/domain-signing-keys.ts';
import { createOutbound } from '../mime/outbound.ts';
import { wireApp } from './app.ts';
import { publishingOf, refuseOtherMasterKey, type WiredDomains, wireDomains } from './domains.ts';
import { wireDeliveryLog } from './delivery-log.ts';
import { createApiServer } from './api-server.ts';
import { wireDsns } from './dsns.ts';
import { type EmbeddedParts, openEmbedded } from './embedded.ts';
import { wireInboundListener } from './inbound-listener.ts';
import { wireOperatorKeys } from './operator-keys.ts';
import { wireReports } from './reports.ts';
import { wireReturnPaths } from './return-paths.ts';
import { createRequestListener } from './request-listener.ts';
import { wireUncachedResolver } from './resolver.ts';
import { sourceOfConnection } from './source-of-connection.ts';
import { wireTlsReports } from './tls-reports.ts';
import { type WiredTransport, wireTransport } from './transport.ts';
import { sendingPorts, type WebhookActions, wireWebhookActions, wireWebhookSender } from './webhooks.ts';

export type LocalProcess = {
  readonly url: string;
  /** The bootstrap key, if this start has made it. */
  readonly generatedKey: string | null;
  /** Where returned mail is listened for, if it is. */
  readonly inboundUrl: string | null;
  /**
   * Takes no more requests, lets transactions end (before the final dot, or with the answer to it) for up to
   * `limits.stopGraceMs`, and closes the store. Resolves with whether everything had ended by then.
   */
  stop(): Promise<boolean>;
};

type Listeners = { readonly server: Server; readonly inbound: ReturnedMailListener | null };

const housekeepingIntervalMs = 60 * 60_000;
/** What the sweep does is in the report of the minute. */
const unread: Metrics = { record: () => undefined };
/** A body that stalls holds memory; a minute is enough for 20 MB over a slow line, and Node's default is five. */
const serverOptions = { requestTimeout: 60_000, connectionsCheckingInterval: 5_000 };

/**
 * API, worker and sweep in one process on the embedded store, and a listener for returned mail where that is set. Throws an
 * Error of one sentence when it cannot start.
 */
export async function startLocal(config: Config, log: Log): Promise<LocalProcess> {
  const metrics = createLogMetrics(log);
  const { close: closeDeliveryLog, ...logged } = await wireDeliveryLog(config, { clock: systemClock, log });
  const ambient = { clock: systemClock, random: systemRandom, log, metrics, ...logged };
  const operatorKeys = wireOperatorKeys(config);
  const opened = openEmbedded(config, ambient);
  if (opened.kind === 'refused') throw new Error(opened.why);
  const { parts } = opened;
  try {
    await refuseOtherMasterKey(parts);
    const { generated } = await parts.keys.ensureBootstrapKey(config.apiKey, systemClock.now());
    const { abandoned, jobless } = await parts.recover();
    if (abandoned + jobless > 0) log.warn('recovered_after_crash', { attempts: abandoned, jobs: jobless });
    const wired = wireTransport(config, parts, { ...ambient, ...parts });
    const resolver = wireUncachedResolver(config, ambient);
    const { unverifiedSenders } = config;
    const domainSettings = { resolver, publishing: publishingOf(config), operatorKeys, unverifiedSenders };
    const domains = wireDomains(parts, domainSettings, ambient);
    const sendReports = wireTlsReports(config, parts, { resolver, operatorKeys }, ambient);
    const sender = wireWebhookSender(config, ambient);
    const actions = { ...domains, ...wireWebhookActions(config, parts, sender, ambient) };
    const listeners = await listen(config, parts, actions, ambient);
    const counted = countCommits(notingFullMailboxes(parts.ledger, { ...ambient, ...parts, classify }));
    const ports = {
      ...ambient,
      ...parts,
      ledger: counted.ledger,
      ahead: null,
      releases: createReleases({ perSecond: limits.releasesPerSecond, burst: limits.releaseBurst }),
      ...wired,
      classify,
      prepareOutbound: createOutbound({ signingKeys: createSigningKeys({ ...parts, operatorKeys }) }),
      returnPaths: wireReturnPaths(config, parts.masterKey),
      retryScheduleMs: config.retryScheduleMs,
      attemptMs: config.smtpTimeouts.sessionMs,
    };
    const telling = { ...ambient, ...parts, sendDsns: wireDsns(config, parts, ambient) };
    const stopping = new AbortController();
    const work = Promise.all([
      consume(ports, { concurrency: config.workerConcurrency }, stopping.signal),
      repeat(
        'sweep',
        config.sweepIntervalMs,
        () => sweep({ ...ports, metrics: unread }, stopping.signal),
        ambient,
        stopping.signal,
      ),
      repeat(
        'housekeep',
        housekeepingIntervalMs,
        () => housekeep(ports, retentionMs(config)),
        ambient,
        stopping.signal,
      ),
      repeat('report', limits.reportMs, async () => metrics.record('mail', counted.take()), ambient, stopping.signal),
      repeat('policies', limits.stsSweepMs, () => wired.refreshPolicies(stopping.signal), ambient, stopping.signal),
      pumpWebhooks(sendingPorts(parts, sender, ambient), stopping.signal).finally(() => sender.close()),
      repeat('dsns', limits.dsnLookMs, () => sendOwedDsns(telling), ambient, stopping.signal),
      repeat('tls results', limits.tlsFlushMs, () => wired.flushTlsResults(0), ambient, stopping.signal),
      repeat('tls reports', limits.tlsReportSweepMs, () => sendReports(stopping.signal), ambient, stopping.signal),
      repeat('domains', limits.domainSweepMs, () => domains.recheck(stopping.signal), ambient, stopping.signal),
    ]);
    const stop = once(() => stopAll(listeners, stopping, work, wired, { parts, closeDeliveryLog }));
    const { server, inbound } = listeners;
    return { url: urlOf(server), generatedKey: generated, inboundUrl: inbound?.url ?? null, stop };
  } catch (error) {
    parts.close();
    throw error;
  }
}

async function listen(
  config: Config,
  parts: EmbeddedParts,
  actions: WiredDomains & WebhookActions,
  ambient: Parameters<typeof wireApp>[4] & { readonly metrics: Metrics },
): Promise<Listeners> {
  const takeReport = wireReports(config, parts, ambient);
  const edge = {
    ...actions,
    ready: () => parts.ready(),
    docsAssets: createSwaggerUiAssets(),
    requests: createMemoryRateLimiter(),
    sourceOf: sourceOfConnection,
    takeReport,
  };
  const inbound = await wireInboundListener(config, parts, takeReport, ambient);
  try {
    const app = wireApp(config, parts, actions, edge, ambient);
    return { server: await serve(app, config), inbound };
  } catch (error) {
    await inbound?.close();
    throw error;
  }
}

function serve(app: ApiRouter, { listen: { host, port } }: Config): Promise<Server> {
  const random = systemRandom;
  return new Promise((resolve, reject) => {
    const listener = createRequestListener(app, createMalformedAnswer({ random }), host);
    const server = createApiServer({ listener, random, serverOptions });
    server.once('listening', () => resolve(server));
    server.once('error', (error: Error) =>
      reject(new Error(`The API cannot listen at ${host}:${port}: ${error.message}.`)),
    );
    server.listen(port, host);
  });
}

async function stopAll(
  { server, inbound }: Listeners,
  stopping: AbortController,
  work: Promise<unknown>,
  wired: WiredTransport,
  { parts, closeDeliveryLog }: { readonly parts: EmbeddedParts; readonly closeDeliveryLog: () => Promise<void> },
): Promise<boolean> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  stopping.abort();
  const ended = Promise.all([closed, inbound?.close(), work.then(() => wired.close())]).then(() => true);
  const inTime = await Promise.race([ended, systemClock.sleep(limits.stopGraceMs).then(() => false)]);
  parts.close();
  await closeDeliveryLog();
  return inTime;
}

function retentionMs(config: Config): number {
  return config.retainContent.kind === 'for' ? config.retainContent.ms : 0;
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | null = null;
  return () => (made ??= make());
}
