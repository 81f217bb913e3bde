import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createPacketResolver } from '../../functions/adapters/resolver-packets.ts';
import { createUdpNameServer } from '../../functions/adapters/resolver-udp.ts';
import type { Routing } from '../../functions/core/ports/router.ts';
import type { TlsWish } from '../../functions/core/tls/tls-wish.ts';
import { createMxRouter, type MxRouterPorts } from '../../functions/dns/mx-router.ts';
import { type DnsFault, type DnsServer, type DnsZone, startDnsServer } from '../support/dns-server.ts';

const servers: DnsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Options = Partial<Omit<MxRouterPorts, 'resolver'>> & { readonly waitMs?: number; readonly tls?: TlsWish };

async function route(zone: DnsZone, options: Options = {}): Promise<{ routing: Routing; server: DnsServer }> {
  const server = await startDnsServer(zone);
  servers.push(server);
  const nameServer = createUdpNameServer({ host: '127.0.0.1', port: server.port, clock: systemClock });
  const router = createMxRouter({
    resolver: createPacketResolver({ nameServer, random: systemRandom }),
    clock: systemClock,
    random: systemRandom,
    hostname: 'gateway.test',
    port: 2525,
    allowPrivateAddresses: false,
    tlsLevels: [],
    stsOf: async () => null,
    tlsResults: { note: () => {} },
    dnsMs: 20_000,
    policyMs: 30_000,
    ...options,
  });
  const routing = await router.route(
    'example.test',
    systemClock.now() + (options.waitMs ?? 5_000),
    options.tls ?? 'opportunistic',
  );
  return { routing, server };
}

function mx(...hosts: readonly (readonly [number, string])[]): { preference: number; exchange: string }[] {
  return hosts.map(([preference, exchange]) => ({ preference, exchange }));
}

function ips(routing: Routing): readonly string[] {
  return routing.kind === 'targets' ? routing.targets.map(({ ip }) => ip) : [routing.kind];
}

function end(routing: Routing): string {
  switch (routing.kind) {
    case 'targets':
      return ips(routing).join(' ');
    case 'bounce':
      return `bounce ${routing.code} ${routing.enhancedCode} ${routing.error.code}`;
    case 'defer':
      return `defer ${routing.cause} ${routing.error.code}`;
  }
}

const oneMx: DnsZone = { 'example.test': { mx: mx([10, 'mx.test']) }, 'mx.test': { a: ['8.8.4.4'] } };

describe('the way to a domain', () => {
  it('is its best mail host, with what an attempt must know', async () => {
    const { routing } = await route({ ...oneMx, 'example.test': { mx: mx([20, 'worse.test'], [10, 'MX.test']) } });
    expect(routing).toMatchObject({
      kind: 'targets',
      accepted: 'delivered',
      targets: [{ host: 'mx.test', ip: '8.8.4.4', port: 2525, tls: 'opportunistic', credentials: null }],
    });
  });

  it('is secured where every answer about its mail hosts was authenticated', async () => {
    const exchanges = { mx: mx([10, 'mx.test']) };
    const signed = { ...oneMx, 'example.test': { ...exchanges, authenticated: true } };
    expect((await route(signed)).routing).toMatchObject({ hostsSecured: true });
    expect((await route(oneMx)).routing).toMatchObject({ hostsSecured: false });
  });

  it('has the addresses of a host in the order of the answer, IPv4 first (C10)', async () => {
    const { routing } = await route({
      ...oneMx,
      'mx.test': { a: ['8.8.4.9', '8.8.4.1'], aaaa: ['2a00::9', '2a00::1'] },
    });
    expect(ips(routing)).toEqual(['8.8.4.9', '8.8.4.1', '2a00::9', '2a00::1']);
  });

  it('is the domain itself where there is no MX (N02, C04)', async () => {
    const { routing } = await route({ 'example.test': { a: ['8.8.4.4'] } });
    expect(routing).toMatchObject({ kind: 'targets', targets: [{ host: 'example.test', ip: '8.8.4.4' }] });
  });

  it('never is the domain itself where there is an MX (C05)', async () => {
    const { routing } = await route({ 'example.test': { mx: mx([10, 'gone.test']), a: ['8.8.4.4'] } });
    expect(end(routing)).toBe('bounce 550 5.4.4 no_address');
  });

  it.each<[string, DnsZone]>([
    [
      'a CNAME that leads to an MX (N10, C01)',
      { ...oneMx, 'real.test': oneMx['example.test'] ?? {}, 'example.test': { cname: 'real.test' } },
    ],
    [
      'a CNAME that leads to an address (N11, C01)',
      { 'example.test': { cname: 'real.test' }, 'real.test': { a: ['8.8.4.4'] } },
    ],
    [
      'an MX that names a CNAME (N13)',
      { ...oneMx, 'mx.test': { cname: 'real.test' }, 'real.test': { a: ['8.8.4.4'] } },
    ],
  ])('leads through %s', async (_, zone) => {
    expect(ips((await route(zone)).routing)).toEqual(['8.8.4.4']);
  });

  it('has five addresses in order, without asking for more hosts than that takes (N14, C09)', async () => {
    const addresses = Array.from({ length: 100 }, (_, index) => `8.8.4.${index + 1}`);
    const hosts = Array.from({ length: 200 }, (_, index) => `mx${index}.test`);
    const zone = Object.fromEntries(hosts.map((host) => [host, { a: addresses }]));
    const list = hosts.map((exchange, index) => ({ preference: 200 - index, exchange }));
    const { routing, server } = await route({ ...zone, 'example.test': { mx: list } });
    expect(ips(routing)).toEqual(addresses.slice(0, 5));
    expect(routing.kind === 'targets' && routing.targets.every(({ host }) => host === 'mx199.test')).toBe(true);
    expect(new Set(server.queries.map(({ name }) => name))).toEqual(new Set(['example.test', 'mx199.test']));
  });

  it('goes on to the next host for the addresses that the first one lacks', async () => {
    const { routing } = await route({
      'example.test': { mx: mx([10, 'one.test'], [20, 'two.test'], [30, 'three.test']) },
      'one.test': { fault: 'servfail' },
      'three.test': { a: ['8.8.4.3'] },
    });
    expect(ips(routing)).toEqual(['8.8.4.3']);
  });

  it('leaves time for the next host when the first one is silent', async () => {
    const zone: DnsZone = {
      'example.test': { mx: mx([10, 'silent.test'], [20, 'two.test']) },
      'silent.test': { fault: 'silent' },
      'two.test': { a: ['8.8.4.2'] },
    };
    expect(ips((await route(zone, { waitMs: 1_200 })).routing)).toEqual(['8.8.4.2']);
  });

  it('survives an address family that fails, as long as the other one has an address', async () => {
    const four = await route({ ...oneMx, 'mx.test': { a: ['8.8.4.4'], fault: { AAAA: 'servfail' } } });
    expect(ips(four.routing)).toEqual(['8.8.4.4']);
    const six = await route({ ...oneMx, 'mx.test': { aaaa: ['2a00::1'], fault: { A: 'servfail' } } });
    expect(ips(six.routing)).toEqual(['2a00::1']);
  });

  it('leads past a null MX that stands among others (N09, C12)', async () => {
    const { routing } = await route({ ...oneMx, 'example.test': { mx: mx([0, '.'], [10, 'mx.test']) } });
    expect(ips(routing)).toEqual(['8.8.4.4']);
  });

  it('leads past hosts that do not exist or may not be dialled', async () => {
    const { routing } = await route({
      ...oneMx,
      'example.test': {
        mx: mx([1, 'gone.test'], [2, 'private.test'], [3, '192.0.2.1'], [4, 'localhost'], [9, 'mx.test']),
      },
      'private.test': { a: ['10.0.0.1'] },
    });
    expect(ips(routing)).toEqual(['8.8.4.4']);
  });

  it('keeps the addresses that were vetted, whatever the name leads to afterwards (N17)', async () => {
    const { routing, server } = await route(oneMx);
    server.set('mx.test', { a: ['10.0.0.1'] });
    expect(routing).toMatchObject({ targets: [{ host: 'mx.test', ip: '8.8.4.4' }] });
  });
});

describe('a domain bounces', () => {
  it('when it does not exist (N01, C02)', async () => {
    expect(end((await route({})).routing)).toBe('bounce 550 5.1.2 domain_not_found');
  });

  it('when it has neither MX nor address (N03)', async () => {
    expect(end((await route({ 'example.test': { txt: ['x'] } })).routing)).toBe('bounce 550 5.4.4 no_address');
  });

  it('when it has a null MX, by its own name or by an alias (N08, C12)', async () => {
    const noMail = { mx: mx([0, '.']), a: ['8.8.4.4'] };
    expect(end((await route({ 'example.test': noMail })).routing)).toBe('bounce 556 5.1.10 null_mx');
    const aliased = await route({ 'example.test': { cname: 'real.test' }, 'real.test': noMail });
    expect(end(aliased.routing)).toBe('bounce 556 5.1.10 null_mx');
  });

  it('when the best mail host is ourselves (N20), and equal or worse ones do not count (C11)', async () => {
    const zone: DnsZone = {
      'example.test': { mx: mx([10, 'Gateway.test'], [10, 'equal.test'], [20, 'worse.test']) },
      'equal.test': { a: ['8.8.4.1'] },
      'worse.test': { a: ['8.8.4.2'] },
    };
    expect(end((await route(zone)).routing)).toBe('bounce 554 5.4.6 mail_loop');
    const own = await route({ 'example.test': { a: ['8.8.4.1'] } }, { hostname: 'example.test' });
    expect(end(own.routing)).toBe('bounce 554 5.4.6 mail_loop');
  });

  it.each([
    ['loopback', { a: ['127.0.0.1'] }],
    ['private', { a: ['10.1.2.3', '192.168.0.9'] }],
    ['link-local', { a: ['169.254.169.254'] }],
    ['shared', { a: ['100.64.0.1'] }],
    ['multicast', { a: ['224.0.0.5'] }],
    ['mapped', { aaaa: ['::ffff:8.8.8.8'] }],
    ['translated', { aaaa: ['64:ff9b::808:808'] }],
    ['unique local', { aaaa: ['fd00::1'] }],
  ])('when its mail host has only %s addresses (N16, C06)', async (_, node) => {
    expect(end((await route({ ...oneMx, 'mx.test': node })).routing)).toBe('bounce 554 5.4.6 address_refused');
  });

  it('when its mail host is localhost, which DNS is not asked about (N16)', async () => {
    const zone = { 'example.test': { mx: mx([10, 'localhost']) }, localhost: { a: ['8.8.4.4'] } };
    expect(end((await route(zone)).routing)).toBe('bounce 554 5.4.6 address_refused');
  });

  it.each(['192.0.2.1', '8.8.4.4', '2a00::1', '[8.8.4.4]', '134743044', '8.8.1028', '0x8.0x8.4.4'])(
    'when its mail host is an address literal, which is neither looked up nor dialled (N15): %s',
    async (exchange) => {
      const { routing, server } = await route({
        'example.test': { mx: mx([10, exchange]) },
        [exchange]: { a: ['8.8.4.4'], aaaa: ['2a00::1'] },
      });
      expect(end(routing)).toBe('bounce 550 5.4.4 no_address');
      expect(server.queries.map(({ name }) => name)).toEqual(['example.test']);
    },
  );
});

describe('a domain is deferred, never bounced,', () => {
  const faults: readonly [DnsFault, string][] = [
    ['servfail', 'dns_servfail'],
    ['refused', 'dns_refused'],
    ['notimp', 'dns_notimp'],
    ['formerr', 'dns_formerr'],
    ['silent', 'dns_timeout'],
    ['garbage', 'dns_malformed'],
    ['cut', 'dns_malformed'],
    ['foreign', 'dns_malformed'],
    ['referral', 'dns_referral'],
    ['truncated_tcp_reset', 'dns_unreachable'],
    ['truncated_tcp_truncated', 'dns_truncated'],
    ['truncated_tcp_silent', 'dns_timeout'],
  ];

  it.each(faults)('when its MX look-up ends in %s (N04, N05, N06, C03)', async (fault, code) => {
    const { routing } = await route({ ...oneMx, 'example.test': { mx: mx([10, 'mx.test']), fault } }, { waitMs: 600 });
    expect(end(routing)).toBe(`defer host ${code}`);
  });

  it.each(faults)('when the look-up of its mail host ends in %s (C03)', async (fault, code) => {
    const { routing } = await route({ ...oneMx, 'mx.test': { a: ['8.8.4.4'], fault } }, { waitMs: 600 });
    expect(end(routing)).toBe(`defer host ${code}`);
  });

  it.each<[string, DnsZone]>([
    ['it', { 'example.test': { cname: 'other.test' }, 'other.test': { cname: 'example.test' } }],
    ['its mail host', { ...oneMx, 'mx.test': { cname: 'other.test' }, 'other.test': { cname: 'mx.test' } }],
  ])('when the aliases of %s lead in a circle (N12)', async (_, zone) => {
    expect(end((await route(zone)).routing)).toBe('defer host dns_cname_loop');
  });

  it.each<DnsFault>(['wrong_id', 'wrong_question', 'wrong_source'])(
    'when the only answer about it is not ours: %s (N05)',
    async (fault) => {
      const { routing } = await route({ ...oneMx, 'example.test': { fault } }, { waitMs: 300 });
      expect(end(routing)).toBe('defer host dns_timeout');
    },
  );

  it('when it has no MX and its own address cannot be looked up', async () => {
    const { routing } = await route({ 'example.test': { a: ['8.8.4.4'], fault: { A: 'servfail', AAAA: 'servfail' } } });
    expect(end(routing)).toBe('defer host dns_servfail');
  });

  it('when one mail host has no address and another one cannot be looked up (C06)', async () => {
    const { routing } = await route({
      'example.test': { mx: mx([10, 'gone.test'], [20, 'broken.test'], [30, 'private.test']) },
      'broken.test': { fault: 'servfail' },
      'private.test': { a: ['10.0.0.1'] },
    });
    expect(end(routing)).toBe('defer host dns_servfail');
  });

  it('when one address family has nothing to dial and the other one fails', async () => {
    const { routing } = await route({ ...oneMx, 'mx.test': { a: ['10.0.0.1'], fault: { AAAA: 'servfail' } } });
    expect(end(routing)).toBe('defer host dns_servfail');
  });

  it('when none of very many mail hosts has an address, of which only the first are looked up', async () => {
    const list = Array.from({ length: 200 }, (_, index) => ({ preference: index, exchange: `gone${index}.test` }));
    const { routing, server } = await route({ 'example.test': { mx: list } });
    expect(end(routing)).toBe('defer host dns_too_many_hosts');
    expect(new Set(server.queries.map(({ name }) => name)).size).toBe(21);
  });
});

it('Public addresses stay when private ones are among them', async () => {
  const { routing } = await route({ ...oneMx, 'mx.test': { a: ['10.0.0.1', '8.8.4.4', '127.0.0.1'], aaaa: ['::1'] } });
  expect(ips(routing)).toEqual(['8.8.4.4']);
});

it('Loopback and localhost are mail hosts where private addresses are allowed', async () => {
  const { routing } = await route(
    { 'example.test': { mx: mx([10, 'mx.test'], [20, 'localhost']) }, 'mx.test': { a: ['127.0.0.2'] } },
    { allowPrivateAddresses: true },
  );
  expect(ips(routing)).toEqual(['127.0.0.2', '127.0.0.1', '::1']);
});

describe('a message that would rather arrive', () => {
  const sts = { mode: 'enforce', mx: ['other.test'], maxAgeSeconds: 1 } as const;

  it('goes where the domain’s own policy lets nothing else go, and is no session to report', async () => {
    expect(end((await route(oneMx, { stsOf: async () => sts })).routing)).toBe('defer host validation-failure');
    const { routing } = await route(oneMx, { stsOf: async () => sts, tls: 'relaxed' });
    expect(routing).toMatchObject({
      targets: [{ host: 'mx.test', tls: 'opportunistic', policy: { published: null } }],
    });
  });

  it('keeps to what the operator demands', async () => {
    const { routing } = await route(oneMx, {
      tlsLevels: [{ domain: 'example.test', level: 'verified' }],
      tls: 'relaxed',
    });
    expect(routing).toMatchObject({ targets: [{ tls: 'required', policy: { rule: 'verified' } }] });
  });
});
