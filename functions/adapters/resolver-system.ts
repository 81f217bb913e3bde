import { Resolver as CAres } from 'node:dns/promises';

import type { Clock } from '../core/ports/clock.ts';
import type { DnsAbsence, DnsAnswer, DnsFailureCode, Resolver } from '../core/ports/resolver.ts';

/** c-ares does not say how long MX, TXT and TLSA records hold (https://nodejs.org/api/dns.html); mail hosts rarely move within this. */
const unknownTtlSeconds = 300;

// https://nodejs.org/api/dns.html#error-codes; `ECANCELLED` is our own deadline.
const codes: Readonly<Record<string, DnsFailureCode>> = {
  ESERVFAIL: 'servfail',
  EREFUSED: 'refused',
  ENOTIMP: 'notimp',
  EFORMERR: 'formerr',
  ETIMEOUT: 'timeout',
  ECANCELLED: 'timeout',
  ECONNREFUSED: 'unreachable',
  EBADRESP: 'malformed',
  EBADNAME: 'malformed',
};

type Found<Item> = { readonly records: readonly Item[]; readonly ttlSeconds: number };

/**
 * The machine's own resolvers (/etc/resolv.conf), or `servers`, through c-ares. It never sees the AD bit, so that nothing
 * it answers is authenticated; it reads no hosts file and adds no search domain.
 */
export function createSystemResolver({
  clock,
  servers,
}: {
  readonly clock: Clock;
  readonly servers?: readonly string[];
}): Resolver {
  const ask = <Item>(
    name: string,
    deadline: number,
    question: (resolver: CAres) => Promise<Found<Item>>,
  ): Promise<DnsAnswer<Item>> => answerOf(name, deadline - clock.now(), servers, question);
  return {
    mx: (name, deadline) =>
      ask(name, deadline, async (resolver) => {
        const found = await resolver.resolveMx(name);
        const records = found.map(({ priority, exchange }) => ({ preference: priority, exchange: normal(exchange) }));
        return { records, ttlSeconds: unknownTtlSeconds };
      }),
    a: (name, deadline) =>
      ask(name, deadline, async (resolver) => addresses(await resolver.resolve4(name, { ttl: true }))),
    aaaa: (name, deadline) =>
      ask(name, deadline, async (resolver) => addresses(await resolver.resolve6(name, { ttl: true }))),
    txt: (name, deadline) =>
      ask(name, deadline, async (resolver) => {
        const found = await resolver.resolveTxt(name);
        return { records: found.map((strings) => strings.join('')), ttlSeconds: unknownTtlSeconds };
      }),
    tlsa: (name, deadline) =>
      ask(name, deadline, async (resolver) => {
        const found = await resolver.resolveTlsa(name);
        const records = found.map(({ certUsage, selector, match, data }) => {
          return { usage: certUsage, selector, matchingType: match, association: new Uint8Array(data) };
        });
        return { records, ttlSeconds: unknownTtlSeconds };
      }),
  };
}

// An instance a question: `cancel` ends all questions of one, and its cache would hide the time to live from ours.
async function answerOf<Item>(
  name: string,
  waitMs: number,
  servers: readonly string[] | undefined,
  question: (resolver: CAres) => Promise<Found<Item>>,
): Promise<DnsAnswer<Item>> {
  if (waitMs <= 0) return { kind: 'failure', code: 'timeout', detail: 'No time was left to ask DNS.' };
  const resolver = new CAres();
  if (servers !== undefined) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), waitMs);
  try {
    const { records, ttlSeconds } = await question(resolver);
    if (records.length === 0) return absent('nodata');
    return { kind: 'records', records, authenticated: false, ttlSeconds, canonicalName: normal(name) };
  } catch (error) {
    return withoutRecords(error);
  } finally {
    clearTimeout(timer);
  }
}

// c-ares' names mislead: ENOTFOUND is NXDOMAIN, ENODATA is NODATA (ares.h), and everything else is no knowledge at all.
function withoutRecords(error: unknown): DnsAnswer<never> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND') return absent('nxdomain');
  if (code === 'ENODATA') return absent('nodata');
  return {
    kind: 'failure',
    code: codes[code] ?? 'malformed',
    detail: `The machine's resolver failed with ${code === '' ? String(error) : code}.`,
  };
}

function absent(kind: DnsAbsence['kind']): DnsAbsence {
  return { kind, authenticated: false, ttlSeconds: null };
}

function addresses(found: readonly { readonly address: string; readonly ttl: number }[]): Found<string> {
  return {
    records: found.map(({ address }) => address),
    ttlSeconds: Math.min(...found.map(({ ttl }) => ttl)),
  };
}

function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
