import { isIP } from 'node:net';

import { limits } from '../core/limits.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Credentials, Router, Routing } from '../core/ports/router.ts';
import { plainPolicy } from '../core/tls/tls-policy.ts';
import { type HostTls, tlsOfHost } from './host-tls.ts';
import type { StsLookup } from './mx-router.ts';
import { addressesOfConfiguredHost, type HostAddresses } from './host-addresses.ts';

/** The one host that takes all mail. `host` is a name or an address, IPv6 without brackets. */
export type Smarthost = {
  readonly host: string;
  readonly port: number;
  readonly tls: 'none' | 'opportunistic' | 'required' | 'implicit';
  readonly credentials: Credentials | null;
};

export type SmarthostRouterPorts = {
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** The longest that finding the route may take. */
  readonly dnsMs: number;
  readonly allowPrivateAddresses: boolean;
  readonly stsOf: StsLookup;
  /** The longest that finding its MTA-STS policy may take. */
  readonly policyMs: number;
};

/**
 * The way to a configured smarthost, the same for every domain. Its MX records do not matter. Trouble in finding it is the
 * route's own, never the message's: it defers and never bounces.
 */
export function createSmarthostRouter(smarthost: Smarthost, ports: SmarthostRouterPorts): Router {
  const { host, port, credentials } = smarthost;
  return {
    async route(_domain, deadline) {
      const demand = await demandOf(smarthost, Math.min(deadline, ports.clock.now() + ports.policyMs), ports);
      if (demand.kind === 'excluded') return { kind: 'defer', cause: 'route', error: demand.failure };
      const dnsDeadline = Math.min(deadline, ports.clock.now() + ports.dnsMs);
      const found = await addressesOfConfiguredHost(host, dnsDeadline, ports);
      if (found.kind !== 'addresses') return fault(host, found);
      const targets = found.ips
        .slice(0, limits.addressesPerAttempt)
        .map((ip) => ({ host, ip, port, tls: demand.tls, policy: demand.policy, credentials }));
      // Its name is the operator's own word.
      return { kind: 'targets', targets, accepted: 'relayed', hostsSecured: true };
    },
  };
}

type Demand =
  | Extract<HostTls, { kind: 'usable' }>
  | { readonly kind: 'excluded'; readonly failure: { readonly code: string; readonly detail: string } };

// RFC 8461 §3.4: a smarthost is the policy domain of what goes through it. One whose certificate is verified anyway, or that is
// to have no TLS, needs no policy.
async function demandOf({ host, tls }: Smarthost, deadline: number, { stsOf }: SmarthostRouterPorts): Promise<Demand> {
  const plain: Demand = { kind: 'usable', tls, policy: plainPolicy(host, tls) };
  if (tls !== 'opportunistic' || isIP(host) !== 0) return plain;
  const sts = await stsOf(host, deadline);
  if (sts !== null && 'kind' in sts) {
    return { kind: 'excluded', failure: { code: 'sts_policy_unknown', detail: sts.detail } };
  }
  return tlsOfHost({ domain: host, host, level: null, sts, dane: { kind: 'none' } });
}

function fault(host: string, found: Exclude<HostAddresses, { kind: 'addresses' }>): Routing {
  return { kind: 'defer', cause: 'route', error: errorOf(host, found) };
}

function errorOf(
  host: string,
  found: Exclude<HostAddresses, { kind: 'addresses' }>,
): { readonly code: string; readonly detail: string } {
  switch (found.kind) {
    case 'failure':
      return { code: `dns_${found.code}`, detail: `The smarthost ${host} could not be looked up. ${found.detail}` };
    case 'none':
      return { code: 'no_address', detail: `The smarthost ${host} has no address.` };
    case 'refused':
      return {
        code: 'address_refused',
        detail: `The smarthost ${host} has only private or special addresses, which are not dialled unless the configuration allows it.`,
      };
  }
}
