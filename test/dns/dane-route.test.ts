import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createPacketResolver } from '../../functions/adapters/resolver-packets.ts';
import { createSystemResolver } from '../../functions/adapters/resolver-system.ts';
import { createUdpNameServer } from '../../functions/adapters/resolver-udp.ts';
import type { StsPolicy } from '../../functions/core/tls/sts-policy.ts';
import type { TlsResult } from '../../functions/core/ports/tls-results.ts';
import type { TlsWish } from '../../functions/core/tls/tls-wish.ts';
import { createMxRouter, type MxRouterPorts } from '../../functions/dns/mx-router.ts';
import { type DnsNode, type DnsServer, type DnsZone, startDnsServer } from '../support/dns-server.ts';

const servers: DnsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** What is demanded of each host, in order, or how the domain is deferred; and what was asked about TLSA records. */
async function demands(
  zone: DnsZone,
  changes: Partial<MxRouterPorts> = {},
  system = false,
  wish: TlsWish = 'opportunistic',
) {
  const server = await startDnsServer(zone);
  servers.push(server);
  const nameServer = createUdpNameServer({ host: '127.0.0.1', port: server.port, clock: systemClock });
  const noted: TlsResult[] = [];
  const router = createMxRouter({
    resolver: system
      ? createSystemResolver({ clock: systemClock, servers: [`127.0.0.1:${server.port}`] })
      : createPacketResolver({ nameServer, random: systemRandom }),
    clock: systemClock,
    random: systemRandom,
    hostname: 'gateway.test',
    port: 2525,
    allowPrivateAddresses: false,
    tlsLevels: [],
    stsOf: async () => null,
    tlsResults: { note: (result) => void noted.push(result) },
    dnsMs: 2_000,
    policyMs: 2_000,
    ...changes,
  });
  const routing = await router.route('example.test', systemClock.now() + 2_000, wish);
  const targets = routing.kind === 'targets' ? routing.targets : [];
  return {
    routing,
    end: routing.kind === 'targets' ? targets.map(({ host, tls }) => `${host} ${tls}`) : [routing.error.code],
    kind: routing.kind,
    bases: targets.map(({ policy }) => policy.dane?.base ?? null),
    names: targets.map(({ policy }) => policy.dane?.names ?? null),
    asked: server.queries.filter(({ type }) => type === 'TLSA').map(({ name }) => name),
    noted: noted.map(({ host, failure }) => `${host} ${failure?.code}`),
  };
}

function tlsa(usage = 3, matchingType = 1): DnsNode {
  const data = { usage, selector: 1, matchingType, certificate: Buffer.alloc(32, 7) };
  return { others: [{ type: 'TLSA', data }], authenticated: true };
}

const mx = { preference: 10, exchange: 'mx.test' };
const secure: DnsZone = {
  'example.test': { mx: [mx], authenticated: true },
  'mx.test': { a: ['8.8.4.4'], authenticated: true },
  '_2525._tcp.mx.test': tlsa(),
};

describe('a message that would rather arrive (TLS-Required: No)', () => {
  const enforced = { mode: 'enforce', mx: ['other.test'] } as unknown as StsPolicy;
  const stsOf = async () => enforced;

  it('is held to nothing that the domain publishes', async () => {
    const found = await demands(secure, { stsOf }, false, 'relaxed');
    expect(found).toMatchObject({ end: ['mx.test opportunistic'], bases: [null], asked: [], noted: [] });
    expect((await demands(secure, { stsOf })).kind).toBe('defer');
  });

  it('is held to what the operator demands', async () => {
    const tlsLevels = [{ domain: 'example.test', level: 'verified' }] as const;
    expect((await demands(secure, { tlsLevels }, false, 'relaxed')).end).toEqual(['mx.test required']);
  });
});

describe('TLSA records', () => {
  it('of a mail host that is authenticated all the way are demanded of it (C46)', async () => {
    const found = await demands(secure);
    expect(found).toMatchObject({ end: ['mx.test dane'], bases: ['mx.test'], asked: ['_2525._tcp.mx.test'] });
    expect(found.names).toEqual([[]]);
  });

  it('that name an authority bring the names that a certificate may be for', async () => {
    const { names } = await demands({ ...secure, '_2525._tcp.mx.test': tlsa(2) });
    expect(names).toEqual([['example.test']]);
  });

  it.each<[string, DnsZone]>([
    ['the MX answer is not', { ...secure, 'example.test': { mx: [mx] } }],
    ['the addresses are not', { ...secure, 'mx.test': { a: ['8.8.4.4'] } }],
    [
      'an alias on the way to the MX is not',
      {
        ...secure,
        'example.test': { cname: 'real.test', unchased: true },
        'real.test': { mx: [mx], authenticated: true },
      },
    ],
  ])('are not even asked for where %s authenticated', async (_, zone) => {
    const found = await demands(zone);
    expect(found).toMatchObject({ end: ['mx.test opportunistic'], asked: [] });
  });

  it.each<[string, DnsNode | undefined]>([
    ['they are not authenticated', { ...tlsa(), authenticated: false }],
    ['there are none', { a: ['8.8.4.4'], authenticated: true }],
    ['there is not even their name', undefined],
  ])('demand nothing where %s', async (_, node) => {
    const { '_2525._tcp.mx.test': __, ...others } = secure;
    const found = await demands(node === undefined ? others : { ...others, '_2525._tcp.mx.test': node });
    expect(found).toMatchObject({ end: ['mx.test opportunistic'], asked: ['_2525._tcp.mx.test'] });
  });

  it.each([
    ['usage PKIX-TA', tlsa(0)],
    ['usage PKIX-EE', tlsa(1)],
    ['a matching type nobody knows', tlsa(3, 9)],
    ['a digest of the wrong length', tlsa(3, 2)],
  ])('of %s alone demand encryption (C46)', async (_, node) => {
    expect((await demands({ ...secure, '_2525._tcp.mx.test': node })).end).toEqual(['mx.test encrypted']);
  });

  it.each(['servfail', 'refused', 'silent', 'garbage', 'cut', 'foreign'] as const)(
    'whose look-up ends in %s keep the host out of use, and the mail waits (N07, T14, C46)',
    async (fault) => {
      const zone = { ...secure, '_2525._tcp.mx.test': { ...tlsa(), fault } };
      expect(await demands(zone)).toMatchObject({
        kind: 'defer',
        end: ['dnssec-invalid'],
        noted: ['mx.test dnssec-invalid'],
      });
    },
  );

  it('that cannot be looked up leave the other hosts of the domain', async () => {
    const worse = { preference: 20, exchange: 'mx2.test' };
    const found = await demands({
      ...secure,
      'example.test': { mx: [mx, worse], authenticated: true },
      '_2525._tcp.mx.test': { fault: 'servfail' },
      'mx2.test': { a: ['8.8.4.5'], authenticated: true },
      '_2525._tcp.mx2.test': tlsa(),
    });
    expect(found).toMatchObject({ end: ['mx2.test dane'], noted: ['mx.test dnssec-invalid'] });
  });

  it('are looked for at the end of an alias first, then at its beginning', async () => {
    const aliased: DnsZone = {
      ...secure,
      'mx.test': { cname: 'real.test', authenticated: true },
      'real.test': { a: ['8.8.4.4'], authenticated: true },
    };
    const first = await demands({ ...aliased, '_2525._tcp.real.test': tlsa() });
    expect(first).toMatchObject({ end: ['mx.test dane'], bases: ['real.test'], asked: ['_2525._tcp.real.test'] });
    const second = await demands(aliased);
    expect(second).toMatchObject({ bases: ['mx.test'], asked: ['_2525._tcp.real.test', '_2525._tcp.mx.test'] });
  });

  it('hold for a domain that is its own host, where it is authenticated that it has no MX', async () => {
    const own: DnsZone = { 'example.test': { a: ['8.8.4.4'], authenticated: true }, '_2525._tcp.example.test': tlsa() };
    expect((await demands(own)).end).toEqual(['example.test dane']);
  });

  it("are never believed from the machine's own resolver", async () => {
    expect(await demands(secure, {}, true)).toMatchObject({ end: ['mx.test opportunistic'], asked: [] });
  });

  it('do not matter where the operator says so', async () => {
    const tlsLevels = [{ domain: 'example.test', level: 'opportunistic' }] as const;
    const zone = { ...secure, '_2525._tcp.mx.test': { fault: 'servfail' } as const };
    expect(await demands(zone, { tlsLevels })).toMatchObject({ end: ['mx.test opportunistic'], asked: [] });
  });
});

describe('an enforced MTA-STS policy', () => {
  const policy = (...patterns: string[]): Partial<MxRouterPorts> => {
    return { stsOf: async () => ({ mode: 'enforce', mx: patterns, maxAgeSeconds: 60 }) };
  };
  const two: DnsZone = {
    'example.test': { mx: [mx, { preference: 20, exchange: 'mx2.test' }] },
    'mx.test': { a: ['8.8.4.4'] },
    'mx2.test': { a: ['8.8.4.5'] },
  };

  it('leaves out hosts that it does not list, without looking them up (T15, C43)', async () => {
    const found = await demands(two, policy('mx2.test'));
    expect(found).toMatchObject({ end: ['mx2.test required'], noted: ['mx.test validation-failure'] });
    expect(servers.at(-1)?.queries.map(({ name }) => name)).not.toContain('mx.test');
  });

  it('that lists none of the hosts defers the mail, never bounces it (T15, C43)', async () => {
    expect(await demands(two, policy('other.test', '*.mx.test'))).toMatchObject({
      kind: 'defer',
      end: ['validation-failure'],
      routing: { cause: 'host' },
    });
    expect((await demands({ 'example.test': { mx: [mx] } }, policy('other.test'))).kind).toBe('defer');
  });

  it('that is not known defers the mail', async () => {
    const stsOf: MxRouterPorts['stsOf'] = async () => ({ kind: 'unknown', detail: 'X.' });
    expect(await demands(two, { stsOf })).toMatchObject({ kind: 'defer', end: ['sts_policy_unknown'] });
  });

  it('is not asked for where the operator says that TLS does not matter', async () => {
    const stsOf: MxRouterPorts['stsOf'] = () => Promise.reject(new Error('It was asked for.'));
    const tlsLevels = [{ domain: 'example.test', level: 'none' }] as const;
    expect((await demands(two, { stsOf, tlsLevels })).end).toEqual(['mx.test none', 'mx2.test none']);
  });
});
