import path from 'node:path';

import { createSandboxTransport } from '../adapters/transport-sandbox.ts';
import type { Config } from '../config.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Random } from '../core/ports/random.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { Router } from '../core/ports/router.ts';
import type { ShapingState } from '../core/ports/shaping-state.ts';
import type { StsPolicies } from '../core/ports/sts-policies.ts';
import type { TlsReports } from '../core/ports/tls-reports.ts';
import type { Transport } from '../core/ports/transport.ts';
import { pausedOnFault } from '../core/route-breaker.ts';
import { createSmtpTransport } from '../core/smtp-transport.ts';
import type { TlsTally } from '../core/tls/tls-tally.ts';
import { createCachedResolver } from '../dns/cached-resolver.ts';
import { createMxRouter, type MxRouterPorts } from '../dns/mx-router.ts';
import { createSmarthostRouter } from '../dns/smarthost-router.ts';
import { createSmtpClient } from '../smtp/client.ts';
import { wireUncachedResolver } from './resolver.ts';
import { readShapingSettings, wireShaping } from './shaping.ts';
import { wireSts } from './sts.ts';
import { wireTlsTally } from './tls-tally.ts';
import { readTrustedCas } from './trust.ts';

type Ambient = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What workers know of each other's limits. */
  readonly shapingState: ShapingState;
};

/** The inbox of a function is on its own small disk, of 512 MB, and gone with it: a few messages to look at while testing. */
const keptOnFunctions = 20;

/** A way for mail to go out, the one that test mail takes whatever the route, and how to end idle connections. */
export type WiredTransport = {
  readonly transport: Transport;
  readonly simulator: Transport;
  /** Fetches the policies of other domains anew that were not checked for long. */
  refreshPolicies(signal: AbortSignal): Promise<void>;
  /** Hands on what was counted of TLS, unless that was done less than `leastMs` ago. Never rejects. */
  flushTlsResults(leastMs: number): Promise<void>;
  /** Ends idle connections, and hands on the counts. */
  close(): Promise<void>;
};

/** What a route shares with other workers. */
export type TransportStores = { readonly stsPolicies: StsPolicies; readonly tlsReports: TlsReports };

/** The transport of the configured route. Throws an Error of one sentence for a wrong setting or a file that cannot be read. */
export function wireTransport(config: Config, stores: TransportStores, ambient: Ambient): WiredTransport {
  // The sandbox needs none of it; what is wrong is said all the same.
  readShapingSettings(config);
  const inbox = path.join(config.dataDir, 'sandbox');
  const simulator = createSandboxTransport(inbox, ambient.clock, config.aws === null ? undefined : keptOnFunctions);
  return { simulator, ...wireRoute(config, stores, ambient, simulator) };
}

function wireRoute(
  config: Config,
  { stsPolicies, tlsReports }: TransportStores,
  ambient: Ambient,
  simulator: Transport,
): Omit<WiredTransport, 'simulator'> {
  const { route } = config;
  switch (route.kind) {
    case 'sandbox':
      return {
        transport: simulator,
        refreshPolicies: async () => undefined,
        flushTlsResults: async () => undefined,
        close: async () => undefined,
      };
    case 'mx': {
      const resolver = wireResolver(config, ambient);
      const tally = wireTlsTally(config, tlsReports, resolver, ambient);
      const sts = wireSts(config, stsPolicies, resolver, tally, ambient);
      const router = wireMxRouter(config, route.port, { resolver, tlsResults: tally, stsOf: sts.stsOf }, ambient);
      return { ...overSmtp(config, router, tally, ambient), refreshPolicies: (signal) => sts.refresh(signal) };
    }
    case 'smarthost': {
      const resolver = wireResolver(config, ambient);
      const { allowPrivateAddresses, smtpTimeouts } = config;
      const { dnsMs, policyMs } = smtpTimeouts;
      const tally = wireTlsTally(config, tlsReports, resolver, ambient);
      const sts = wireSts(config, stsPolicies, resolver, tally, ambient);
      const ports = { clock: ambient.clock, resolver, allowPrivateAddresses, stsOf: sts.stsOf, dnsMs, policyMs };
      const wired = overSmtp(config, createSmarthostRouter(route.smarthost, ports), tally, ambient);
      const pauseMs = Math.min(limits.routePauseMs, config.retryScheduleMs[0]);
      const transport = pausedOnFault(wired.transport, pauseMs, ambient);
      return { ...wired, transport, refreshPolicies: (signal) => sts.refresh(signal) };
    }
  }
}

function wireMxRouter(
  config: Config,
  port: number,
  ports: Pick<MxRouterPorts, 'resolver' | 'tlsResults' | 'stsOf'>,
  ambient: Ambient,
): Router {
  const { hostname, allowPrivateAddresses, tlsLevels, smtpTimeouts } = config;
  const { dnsMs, policyMs } = smtpTimeouts;
  return createMxRouter({
    ...ambient,
    ...ports,
    hostname,
    port,
    allowPrivateAddresses,
    tlsLevels,
    dnsMs,
    policyMs,
  });
}

function overSmtp(
  config: Config,
  router: Router,
  tally: TlsTally,
  ambient: Ambient,
): Pick<WiredTransport, 'transport' | 'flushTlsResults' | 'close'> {
  const { capsOf, ...shaping } = wireShaping(config, { ...ambient, state: ambient.shapingState });
  const client = createSmtpClient(
    {
      hostname: config.hostname,
      timeouts: config.smtpTimeouts,
      minimumRateBytesPerSecond: limits.minimumRateBytesPerSecond,
      maxConnectionsPerHost: config.connectionsPerHost,
      maxMessagesPerConnection: config.messagesPerConnection,
      capsOf,
      trustedCas: readTrustedCas(config),
    },
    { ...ambient, tlsResults: tally },
  );
  const transport = createSmtpTransport({ router, client, clock: ambient.clock, shaping });
  const close = async (): Promise<void> => {
    await client.close();
    await tally.flush(0);
  };
  return { transport, flushTlsResults: (leastMs) => tally.flush(leastMs), close };
}

function wireResolver(config: Config, ambient: Ambient): Resolver {
  return createCachedResolver(wireUncachedResolver(config, ambient), ambient.clock);
}
