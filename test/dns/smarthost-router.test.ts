import { describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import type { DnsAnswer, Resolver } from '../../functions/core/ports/resolver.ts';
import type { StsPolicy } from '../../functions/core/tls/sts-policy.ts';
import type { Routing } from '../../functions/core/ports/router.ts';
import type { StsLookup } from '../../functions/dns/mx-router.ts';
import { createSmarthostRouter, type Smarthost } from '../../functions/dns/smarthost-router.ts';

const credentials = { user: 'u', secret: 's', mechanism: null };
const nodata = { kind: 'nodata', authenticated: false, ttlSeconds: null } as const;
const nxdomain = { ...nodata, kind: 'nxdomain' } as const;
const policy = { rule: 'required', domain: 'relay.test', dane: null, objection: null, published: null };
const smarthost: Smarthost = { host: 'relay.test', port: 587, tls: 'required', credentials };

function route(
  host: string,
  answer: DnsAnswer<string>,
  allowPrivateAddresses = false,
  { tls = 'required', stsOf = async () => null }: { tls?: Smarthost['tls']; stsOf?: StsLookup } = {},
): Promise<Routing> {
  const resolver: Resolver = {
    mx: async () => ({ kind: 'records', ...known, records: [{ preference: 0, exchange: 'elsewhere.test' }] }),
    a: async () => answer,
    aaaa: async () => nodata,
    txt: async () => nodata,
    tlsa: async () => nodata,
  };
  return createSmarthostRouter(
    { ...smarthost, host, tls },
    { resolver, clock: systemClock, dnsMs: 1_000, policyMs: 1_000, stsOf, allowPrivateAddresses },
  ).route('example.test', 0, 'opportunistic');
}

const known = { authenticated: false, ttlSeconds: 60, canonicalName: 'relay.test' };

describe('the way to a smarthost', () => {
  it('is its addresses, whatever its MX, with its port, TLS and login', async () => {
    expect(await route('relay.test', { kind: 'records', records: ['8.8.4.4', '10.0.0.1'], ...known })).toEqual({
      kind: 'targets',
      accepted: 'relayed',
      hostsSecured: true,
      targets: [{ host: 'relay.test', ip: '8.8.4.4', port: 587, tls: 'required', policy, credentials }],
    });
  });

  it('has at most five addresses', async () => {
    const records = Array.from({ length: 9 }, (_, index) => `8.8.4.${index}`);
    const routing = await route('relay.test', { kind: 'records', records, ...known });
    expect(routing.kind === 'targets' && routing.targets.length).toBe(5);
  });

  it.each(['8.8.4.4', '2a00::1'])('is the address itself where one is configured: %s', async (host) => {
    const routing = await route(host, nxdomain);
    expect(routing).toMatchObject({ kind: 'targets', targets: [{ host, ip: host }] });
  });

  it('may be localhost where private addresses are allowed', async () => {
    const routing = await route('localhost', nxdomain, true);
    expect(routing).toMatchObject({ kind: 'targets', targets: [{ ip: '127.0.0.1' }, { ip: '::1' }] });
  });
});

describe('trouble with a smarthost is a fault of the route, never a bounce:', () => {
  it.each<[string, DnsAnswer<string>, string, string]>([
    ['a name that does not exist', nxdomain, 'relay.test', 'no_address'],
    ['a name without an address', nodata, 'relay.test', 'no_address'],
    ['a DNS failure', { kind: 'failure', code: 'servfail', detail: 'X.' }, 'relay.test', 'dns_servfail'],
    ['only private addresses', { kind: 'records', records: ['10.0.0.1'], ...known }, 'relay.test', 'address_refused'],
    ['a private address configured', nodata, '127.0.0.1', 'address_refused'],
    ['localhost configured', nodata, 'localhost', 'address_refused'],
  ])('%s', async (_, answer, host, code) => {
    expect(await route(host, answer)).toMatchObject({ kind: 'defer', cause: 'route', error: { code } });
  });
});

describe('a smarthost with opportunistic TLS', () => {
  const found: DnsAnswer<string> = { kind: 'records', records: ['8.8.4.4'], ...known };
  const policyOf = (mode: StsPolicy['mode'], ...mx: string[]): StsLookup => {
    return async (domain) => (domain === 'relay.test' ? { mode, mx, maxAgeSeconds: 60 } : null);
  };

  it('is the policy domain of its MTA-STS policy (RFC 8461 §3.4)', async () => {
    const routing = await route('relay.test', found, false, {
      tls: 'opportunistic',
      stsOf: policyOf('enforce', '*.test'),
    });
    expect(routing).toMatchObject({
      targets: [{ tls: 'required', policy: { rule: 'mta-sts', domain: 'relay.test' } }],
    });
    const without = await route('relay.test', found, false, { tls: 'opportunistic' });
    expect(without).toMatchObject({ targets: [{ tls: 'opportunistic' }] });
  });

  it('that its own policy does not list, or whose policy is not known, gets nothing', async () => {
    const stsOf = policyOf('enforce', 'other.test');
    const unlisted = await route('relay.test', found, false, { tls: 'opportunistic', stsOf });
    expect(unlisted).toMatchObject({ kind: 'defer', cause: 'route', error: { code: 'validation-failure' } });
    const unknown: StsLookup = async () => ({ kind: 'unknown', detail: 'X.' });
    const unread = await route('relay.test', found, false, { tls: 'opportunistic', stsOf: unknown });
    expect(unread).toMatchObject({ kind: 'defer', cause: 'route', error: { code: 'sts_policy_unknown' } });
  });

  it.each(['none', 'required', 'implicit'] as const)('needs no policy when it is %s instead', async (tls) => {
    const stsOf: StsLookup = () => Promise.reject(new Error('It was asked for.'));
    expect(await route('relay.test', found, false, { tls, stsOf })).toMatchObject({ targets: [{ tls }] });
  });
});
