import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Random } from '../core/ports/random.ts';
import type { DnsFailure, Resolver } from '../core/ports/resolver.ts';
import type { Router, Routing, Target, TlsDemand } from '../core/ports/router.ts';
import { isSameHost, orderedExchanges } from './exchanges.ts';
import { addressesOfHost, type HostAddresses } from './host-addresses.ts';

export type MxRouterPorts = {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  /** Our own name, as EHLO says it: an MX of this name is us. */
  readonly hostname: string;
  readonly port: number;
  readonly tls: TlsDemand;
  readonly allowPrivateAddresses: boolean;
};

/** How many hosts of one MX list are looked up in an attempt; a longer list without an address among them is a deferral. */
const mostHosts = 20;

type Bounce = Extract<Routing, { kind: 'bounce' }>;

/**
 * The way to a domain's own mail hosts (RFC 5321 §5.1, RFC 7505). Only what DNS knows for certain bounces; what it fails to
 * answer defers. Hosts are looked up one by one until there are addresses enough for one attempt.
 */
export function createMxRouter(ports: MxRouterPorts): Router {
  return {
    async route(domain, deadline) {
      const answer = await ports.resolver.mx(domain, deadline);
      switch (answer.kind) {
        case 'failure':
          return deferral(domain, answer);
        case 'nxdomain':
          return bounce(550, '5.1.2', 'domain_not_found', `The domain ${domain} does not exist.`);
        case 'nodata':
          // The implicit MX (RFC 5321 §5.1): the domain is its own and only host.
          return isSameHost(domain, ports.hostname) ? loop(domain) : await targetsAt([domain], domain, deadline, ports);
        case 'records': {
          const exchanges = orderedExchanges(answer.records, ports.hostname, ports.random);
          if (exchanges.kind === 'hosts') return await targetsAt(exchanges.hosts, domain, deadline, ports);
          return exchanges.kind === 'loop' ? loop(domain) : nullMx(domain);
        }
      }
    },
  };
}

async function targetsAt(
  hosts: readonly string[],
  domain: string,
  deadline: number,
  ports: MxRouterPorts,
): Promise<Routing> {
  const targets: Target[] = [];
  const empty: Exclude<HostAddresses, { kind: 'addresses' }>[] = [];
  const considered = hosts.slice(0, mostHosts);
  for (const host of considered) {
    if (targets.length >= limits.addressesPerAttempt) break;
    const found = await addressesOfHost(host, shareOf(deadline, host === considered.at(-1), ports.clock), ports);
    if (found.kind === 'addresses') targets.push(...found.ips.map((ip) => targetAt(host, ip, ports)));
    else empty.push(found);
  }
  if (targets.length > 0) {
    return { kind: 'targets', targets: targets.slice(0, limits.addressesPerAttempt), accepted: 'delivered' };
  }
  const failure = empty.find((found) => found.kind === 'failure');
  if (failure !== undefined) return deferral(domain, failure);
  if (considered.length < hosts.length) return tooManyHosts(domain);
  return empty.some((found) => found.kind === 'refused') ? refused(domain) : noAddress(domain);
}

// Half of the time left, so that one host whose name servers are silent leaves time for the next.
function shareOf(deadline: number, isLast: boolean, clock: Clock): number {
  const now = clock.now();
  return isLast ? deadline : now + (deadline - now) / 2;
}

function targetAt(host: string, ip: string, { port, tls }: MxRouterPorts): Target {
  return { host, ip, port, tls, credentials: null };
}

function deferral(domain: string, { code, detail }: DnsFailure): Routing {
  return {
    kind: 'defer',
    cause: 'host',
    error: { code: `dns_${code}`, detail: `The mail hosts of ${domain} could not be looked up. ${detail}` },
  };
}

function tooManyHosts(domain: string): Routing {
  const detail = `None of the first ${mostHosts} mail hosts of ${domain} has an address.`;
  return { kind: 'defer', cause: 'host', error: { code: 'dns_too_many_hosts', detail } };
}

function nullMx(domain: string): Bounce {
  return bounce(556, '5.1.10', 'null_mx', `The domain ${domain} does not accept mail (null MX).`);
}

function loop(domain: string): Bounce {
  return bounce(554, '5.4.6', 'mail_loop', `The best mail host of ${domain} is this one: the mail would loop.`);
}

function refused(domain: string): Bounce {
  const detail = `The mail hosts of ${domain} have only private or special addresses, which are not dialled.`;
  return bounce(554, '5.4.6', 'address_refused', detail);
}

function noAddress(domain: string): Bounce {
  return bounce(550, '5.4.4', 'no_address', `The domain ${domain} has no mail host with an address.`);
}

function bounce(code: number, enhancedCode: string, errorCode: string, detail: string): Bounce {
  return { kind: 'bounce', code, enhancedCode, error: { code: errorCode, detail } };
}
