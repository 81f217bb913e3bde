import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Random } from '../core/ports/random.ts';
import type { DnsAnswer, DnsFailure, MxRecord, Resolver } from '../core/ports/resolver.ts';
import type { Router, Routing, Target } from '../core/ports/router.ts';
import type { TlsResults } from '../core/ports/tls-results.ts';
import type { StsPolicy } from '../core/tls/sts-policy.ts';
import { plainPolicy, type TlsFailure } from '../core/tls/tls-policy.ts';
import { daneOf } from './dane-lookup.ts';
import { isSameHost, orderedExchanges } from './exchanges.ts';
import { addressesOfHost, type HostAddresses } from './host-addresses.ts';
import { type HostTls, tlsOfHost } from './host-tls.ts';
import { levelFor, type TlsLevel, type TlsLevelRule } from './tls-levels.ts';

/** The MTA-STS policy that holds for a domain, `null` for none, or one sentence when that cannot be known now. Never rejects. */
export type StsLookup = (
  domain: string,
  deadline: number,
) => Promise<StsPolicy | null | { readonly kind: 'unknown'; readonly detail: string }>;

export type MxRouterPorts = {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  /** Our own name, as EHLO says it: an MX of this name is us. */
  readonly hostname: string;
  readonly port: number;
  readonly allowPrivateAddresses: boolean;
  /** The operator's own rules about TLS. */
  readonly tlsLevels: readonly TlsLevelRule[];
  readonly stsOf: StsLookup;
  readonly tlsResults: TlsResults;
  /** The longest that look-ups may take: of the MX list, and then of the hosts. */
  readonly dnsMs: number;
  /** The longest that finding the MTA-STS policy may take. */
  readonly policyMs: number;
};

/** How many hosts of one MX list are looked up in an attempt; a longer list without an address among them is a deferral. */
const mostHosts = 20;

type Bounce = Extract<Routing, { kind: 'bounce' }>;

/** The MX hosts of a domain, and what decides about TLS with them. */
type Search = {
  readonly domain: string;
  readonly hosts: readonly string[];
  /** Whether the answer that the hosts are from was. */
  readonly authenticated: boolean;
  readonly level: TlsLevel | null;
  /** Whether what the domain publishes about TLS counts. */
  readonly published: boolean;
  readonly sts: StsPolicy | null;
};

/**
 * The way to a domain's own mail hosts (RFC 5321 §5.1, RFC 7505). Only what DNS knows for certain bounces; what it fails to
 * answer defers. Hosts are looked up one by one until there are addresses enough for one attempt; those that the domain's own
 * rules about TLS exclude are no hosts at all, and when none is left the mail waits (RFC 8461 §5, RFC 7672 §2.1).
 */
export function createMxRouter(ports: MxRouterPorts): Router {
  const { resolver, clock, hostname, random } = ports;
  const within = (deadline: number, ms: number): number => Math.min(deadline, clock.now() + ms);
  return {
    async route(domain, deadline, wish) {
      // A message that would rather arrive is not about the domain's TLS either.
      const level = levelFor(domain, ports.tlsLevels) ?? (wish === 'relaxed' ? 'opportunistic' : null);
      const published = wish !== 'relaxed' && level !== 'none' && level !== 'opportunistic';
      const policy = published ? ports.stsOf(domain, within(deadline, ports.policyMs)) : null;
      const answer = await resolver.mx(domain, within(deadline, ports.dnsMs));
      const found = hostsIn(answer, domain, hostname, random);
      if (found.kind !== 'hosts') return found;
      const sts = await policy;
      if (sts !== null && 'kind' in sts) return policyUnknown(domain, sts.detail);
      return await targetsAt({ ...found, domain, level, published, sts }, within(deadline, ports.dnsMs), ports);
    },
  };
}

function hostsIn(
  answer: DnsAnswer<MxRecord>,
  domain: string,
  ourName: string,
  random: Random,
): { kind: 'hosts'; hosts: readonly string[]; authenticated: boolean } | Exclude<Routing, { kind: 'targets' }> {
  switch (answer.kind) {
    case 'failure':
      return deferral(domain, answer);
    case 'nxdomain':
      return bounce(550, '5.1.2', 'domain_not_found', `The domain ${domain} does not exist.`);
    case 'nodata':
      // The implicit MX (RFC 5321 §5.1): the domain is its own and only host.
      if (isSameHost(domain, ourName)) return loop(domain);
      return { kind: 'hosts', hosts: [domain], authenticated: answer.authenticated };
    case 'records': {
      const exchanges = orderedExchanges(answer.records, ourName, random);
      if (exchanges.kind === 'hosts') return { ...exchanges, authenticated: answer.authenticated };
      return exchanges.kind === 'loop' ? loop(domain) : nullMx(domain);
    }
  }
}

async function targetsAt(search: Search, deadline: number, ports: MxRouterPorts): Promise<Routing> {
  const { domain, hosts } = search;
  const targets: Target[] = [];
  const empty: Exclude<HostAddresses, { kind: 'addresses' }>[] = [];
  let excluded: TlsFailure | null = null;
  const considered = hosts.slice(0, mostHosts);
  for (const host of considered) {
    if (targets.length >= limits.addressesPerAttempt) break;
    const found = await hostAt(host, shareOf(deadline, host === considered.at(-1), ports.clock), search, ports);
    if (found.kind === 'targets') targets.push(...found.targets);
    else if (found.kind === 'excluded') {
      const { rule, published, failure } = found;
      excluded ??= failure;
      ports.tlsResults.note({ policy: plainPolicy(domain, rule, published), host, ip: null, localIp: null, failure });
    } else empty.push(found);
  }
  if (targets.length > 0) {
    const reachable = targets.slice(0, limits.addressesPerAttempt);
    return { kind: 'targets', targets: reachable, accepted: 'delivered', hostsSecured: areSecured(search) };
  }
  if (excluded !== null) return { kind: 'defer', cause: 'host', error: excluded };
  const failure = empty.find((found) => found.kind === 'failure');
  if (failure !== undefined) return deferral(domain, failure);
  if (considered.length < hosts.length) return tooManyHosts(domain);
  return empty.some((found) => found.kind === 'refused') ? refused(domain) : noAddress(domain);
}

/** RFC 8689 §4.2.1: DNSSEC, or a list under MTA-STS, on which all hosts that are left stand. */
function areSecured({ authenticated, sts }: Search): boolean {
  return authenticated || sts?.mode === 'enforce';
}

/** One host: its addresses under what is demanded of it, or why it cannot be used. */
async function hostAt(
  host: string,
  deadline: number,
  { domain, level, published, sts, authenticated }: Search,
  ports: MxRouterPorts,
): Promise<
  | { kind: 'targets'; targets: readonly Target[] }
  | Extract<HostTls, { kind: 'excluded' }>
  | Exclude<HostAddresses, { kind: 'addresses' }>
> {
  const facts = { domain, host, level, sts };
  const { port, resolver } = ports;
  // A host that may not be used needs no look-up.
  const atOnce = tlsOfHost({ ...facts, dane: { kind: 'none' } });
  if (atOnce.kind === 'excluded') return atOnce;
  const found = await addressesOfHost(host, deadline, ports);
  if (found.kind !== 'addresses') return found;
  const dane = authenticated && published ? await daneOf({ host, domain, port }, found, deadline, resolver) : null;
  const tls = dane === null ? atOnce : tlsOfHost({ ...facts, dane });
  if (tls.kind === 'excluded') return tls;
  const targets = found.ips.map((ip) => ({ host, ip, port, tls: tls.tls, policy: tls.policy, credentials: null }));
  return { kind: 'targets', targets };
}

// Half of the time left, so that one host whose name servers are silent leaves time for the next.
function shareOf(deadline: number, isLast: boolean, clock: Clock): number {
  const now = clock.now();
  return isLast ? deadline : now + (deadline - now) / 2;
}

function deferral(domain: string, { code, detail }: DnsFailure): Extract<Routing, { kind: 'defer' }> {
  return {
    kind: 'defer',
    cause: 'host',
    error: { code: `dns_${code}`, detail: `The mail hosts of ${domain} could not be looked up. ${detail}` },
  };
}

// A policy may be in force that we cannot read: to go on without it would be to give way to whoever keeps it from us.
function policyUnknown(domain: string, detail: string): Extract<Routing, { kind: 'defer' }> {
  const error = { code: 'sts_policy_unknown', detail: `The MTA-STS policy of ${domain} is not known. ${detail}` };
  return { kind: 'defer', cause: 'route', error };
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
