import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { encode } from 'dns-packet';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createPacketResolver } from '../../functions/adapters/resolver-packets.ts';
import { createUdpNameServer } from '../../functions/adapters/resolver-udp.ts';
import type { DnsAnswer, Resolver } from '../../functions/core/ports/resolver.ts';
import { type DnsServer, type DnsZone, startDnsServer } from '../support/dns-server.ts';

const servers: DnsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(zone: DnsZone): Promise<{ server: DnsServer; resolver: Resolver }> {
  const server = await startDnsServer(zone);
  servers.push(server);
  return { server, resolver: resolverAt(server.port) };
}

function resolverAt(port: number): Resolver {
  const nameServer = createUdpNameServer({ host: '127.0.0.1', port, clock: systemClock });
  return createPacketResolver({ nameServer, random: systemRandom });
}

function within(ms: number): number {
  return systemClock.now() + ms;
}

function kindOf(answer: DnsAnswer<unknown>): string {
  return answer.kind === 'failure' ? answer.code : answer.kind;
}

const absence = { authenticated: false, ttlSeconds: 60 };
const plain = { authenticated: false, ttlSeconds: 60 };

describe('the resolver over UDP', () => {
  it('answers with records, their time to live and their names in lower case', async () => {
    const mx = [{ preference: 10, exchange: 'MX.Test' }];
    const { resolver } = await start({ 'x.test': { mx, a: ['8.8.4.4', '8.8.4.1'], aaaa: ['2a00::1'], ttlSeconds: 7 } });
    const found = { kind: 'records', ...plain, ttlSeconds: 7, canonicalName: 'x.test' };
    expect(await resolver.mx('X.test', within(5_000))).toEqual({
      ...found,
      records: [{ preference: 10, exchange: 'mx.test' }],
    });
    expect(await resolver.a('x.test', within(5_000))).toEqual({ ...found, records: ['8.8.4.4', '8.8.4.1'] });
    expect(await resolver.aaaa('x.test', within(5_000))).toEqual({ ...found, records: ['2a00::1'] });
  });

  it('tells a name that does not exist from one without such records', async () => {
    const { resolver } = await start({ 'x.test': { a: ['8.8.4.4'] }, 'alias.test': { cname: 'gone.test' } });
    expect(await resolver.mx('gone.test', within(5_000))).toEqual({ ...absence, kind: 'nxdomain' });
    expect(await resolver.mx('alias.test', within(5_000))).toEqual({ ...absence, kind: 'nxdomain' });
    expect(await resolver.mx('x.test', within(5_000))).toEqual({ ...absence, kind: 'nodata' });
  });

  it('names the root of a null MX with the empty string', async () => {
    const { resolver } = await start({ 'x.test': { mx: [{ preference: 0, exchange: '.' }] } });
    expect(await resolver.mx('x.test', within(5_000))).toMatchObject({ records: [{ preference: 0, exchange: '' }] });
  });

  it('joins the strings of a TXT record and reads every octet as one character (C38)', async () => {
    const strings = [Buffer.from('v=DKIM1; p=AB'), Buffer.alloc(0), Buffer.from([0x43, 0xe4, 0x00, 0xff])];
    const long = 'x'.repeat(700);
    const { resolver } = await start({ 'x.test': { txt: [strings, 'plain', '', long] }, 'y.test': { a: ['8.8.4.4'] } });
    const answer = await resolver.txt('X.test', within(5_000));
    expect(answer).toEqual({
      kind: 'records',
      ...plain,
      canonicalName: 'x.test',
      records: ['v=DKIM1; p=ABC\u00e4\u0000\u00ff', 'plain', '', long],
    });
    expect(await resolver.txt('y.test', within(5_000))).toEqual({ ...absence, kind: 'nodata' });
    expect(await resolver.txt('gone.test', within(5_000))).toEqual({ ...absence, kind: 'nxdomain' });
  });

  it('follows a CNAME to TXT records', async () => {
    const { resolver } = await start({ 'x.test': { cname: 'y.test' }, 'y.test': { txt: ['there'] } });
    expect(await resolver.txt('x.test', within(5_000))).toMatchObject({ records: ['there'], canonicalName: 'y.test' });
  });

  it('says whether the answer was authenticated', async () => {
    const { resolver } = await start({ 'x.test': { a: ['8.8.4.4'], authenticated: true } });
    expect(await resolver.a('x.test', within(5_000))).toMatchObject({ authenticated: true });
  });

  it('says so of an absence too, and how long it holds', async () => {
    const { resolver } = await start({
      'x.test': { a: ['8.8.4.4'], authenticated: true },
      'alias.test': { cname: 'x.test', ttlSeconds: 7 },
    });
    const nodata = { kind: 'nodata', authenticated: true, ttlSeconds: 60 };
    expect(await resolver.mx('x.test', within(5_000))).toEqual(nodata);
    expect(await resolver.mx('alias.test', within(5_000))).toEqual({ ...nodata, authenticated: false, ttlSeconds: 7 });
  });

  it('reads TLSA records as they stand, whatever their numbers', async () => {
    const data = { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('abcd', 'hex') };
    const strange = { usage: 255, selector: 9, matchingType: 77, certificate: Buffer.alloc(0) };
    const { resolver } = await start({
      '_25._tcp.mx.test': { others: [data, strange].map((one) => ({ type: 'TLSA', data: one })), authenticated: true },
      'mx.test': {},
    });
    const { certificate: abcd, ...first } = data;
    const { certificate: none, ...second } = strange;
    expect(await resolver.tlsa('_25._tcp.MX.test', within(5_000))).toMatchObject({
      kind: 'records',
      authenticated: true,
      records: [
        { ...first, association: Uint8Array.from(abcd) },
        { ...second, association: Uint8Array.from(none) },
      ],
    });
    expect(await resolver.tlsa('mx.test', within(5_000))).toMatchObject({ kind: 'nodata' });
  });

  it('takes an answer too long for UDP over TCP', async () => {
    const addresses = Array.from({ length: 250 }, (_, index) => `8.8.4.${index}`);
    const { resolver, server } = await start({
      'x.test': { a: addresses },
      'y.test': { a: ['8.8.4.4'], fault: 'truncated' },
    });
    expect(await resolver.a('x.test', within(5_000))).toMatchObject({ records: addresses });
    expect(await resolver.a('y.test', within(5_000))).toMatchObject({ records: ['8.8.4.4'] });
    expect(server.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp', 'udp', 'tcp']);
  });

  it('asks again when a datagram is lost', async () => {
    const { resolver, server } = await start({ 'x.test': { a: ['8.8.4.4'], fault: 'silent' } });
    const asked = resolver.a('x.test', within(3_000));
    while (server.queries.length === 0) await systemClock.sleep(5);
    server.set('x.test', { a: ['8.8.4.4'] });
    expect(await asked).toMatchObject({ records: ['8.8.4.4'] });
  });

  it('uses another port and id for each question', async () => {
    const seen: { port: number; id: number }[] = [];
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    socket.on('message', (bytes, peer) => seen.push({ port: peer.port, id: bytes.readUInt16BE() }));
    await once(socket, 'listening');
    const resolver = resolverAt(socket.address().port);
    await Promise.all(Array.from({ length: 10 }, () => resolver.a('x.test', within(100))));
    socket.close();
    // The operating system may hand out a port again once it is free, and ids repeat by chance.
    expect(new Set(seen.map(({ port }) => port)).size).toBeGreaterThan(seen.length / 2);
    expect(new Set(seen.map(({ id }) => id)).size).toBeGreaterThan(5);
  });
});

describe('a CNAME', () => {
  const end = { a: ['8.8.4.4'], ttlSeconds: 5 };

  it.each([false, true])('is followed to its end, whoever does the following (unchased: %s)', async (unchased) => {
    const { resolver } = await start({
      'x.test': { cname: 'y.test', unchased },
      'y.test': { cname: 'Z.test', unchased },
      'z.test': end,
    });
    expect(await resolver.a('x.test', within(5_000))).toEqual({
      kind: 'records',
      records: ['8.8.4.4'],
      ...plain,
      ttlSeconds: 5,
      canonicalName: 'z.test',
    });
  });

  it('is authenticated only if all of the way is', async () => {
    const { resolver } = await start({
      'x.test': { cname: 'z.test', unchased: true },
      'y.test': { cname: 'z.test', unchased: true, authenticated: true },
      'z.test': { ...end, authenticated: true },
    });
    expect(await resolver.a('x.test', within(5_000))).toMatchObject({ authenticated: false });
    expect(await resolver.a('y.test', within(5_000))).toMatchObject({ authenticated: true });
  });

  it('whose end has no such records is not asked about twice', async () => {
    const { resolver, server } = await start({ 'x.test': { cname: 'y.test' }, 'y.test': { a: ['8.8.4.4'] } });
    expect(await resolver.mx('x.test', within(5_000))).toEqual({ ...absence, kind: 'nodata' });
    expect(server.queries).toHaveLength(1);
  });

  it.each([false, true])('that leads in a circle ends in a failure (unchased: %s)', async (unchased) => {
    const { resolver } = await start({
      'x.test': { cname: 'y.test', unchased },
      'y.test': { cname: 'x.test', unchased },
      'self.test': { cname: 'self.test', unchased },
    });
    expect(kindOf(await resolver.a('x.test', within(5_000)))).toBe('cname_loop');
    expect(kindOf(await resolver.a('self.test', within(5_000)))).toBe('cname_loop');
  });

  it.each([false, true])('chain without an end ends in a failure (unchased: %s)', async (unchased) => {
    const links = Array.from({ length: 40 }, (_, index) => [
      `n${index}.test`,
      { cname: `n${index + 1}.test`, unchased },
    ]);
    const { resolver, server } = await start(Object.fromEntries(links) as DnsZone);
    expect(kindOf(await resolver.a('n0.test', within(5_000)))).toBe('cname_loop');
    expect(server.queries.length).toBeLessThan(12);
  });
});

describe('a fault is a failure of its own name:', () => {
  it.each([
    ['servfail', 'servfail'],
    ['refused', 'refused'],
    ['notimp', 'notimp'],
    ['formerr', 'formerr'],
    ['bare_formerr', 'formerr'],
    ['silent', 'timeout'],
    ['garbage', 'malformed'],
    ['cut', 'malformed'],
    ['foreign', 'malformed'],
    ['referral', 'referral'],
    ['truncated_tcp_reset', 'unreachable'],
    ['truncated_tcp_silent', 'timeout'],
    ['truncated_tcp_truncated', 'truncated'],
    ['truncated_tcp_wrong_id', 'malformed'],
  ] as const)('%s', async (fault, code) => {
    const { resolver } = await start({ 'x.test': { a: ['8.8.4.4'], fault } });
    expect(kindOf(await resolver.a('x.test', within(300)))).toBe(code);
  });

  it('nobody listens', async () => {
    const server = await startDnsServer({});
    await server.close();
    expect(kindOf(await resolverAt(server.port).a('x.test', within(2_000)))).toBe('unreachable');
  });

  it('truncated, and nobody listens on TCP (N06)', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    socket.on('message', (query, peer) => {
      const truncated = Buffer.from(query);
      truncated.writeUInt16BE(0x8380, 2);
      socket.send(truncated, peer.port, peer.address);
    });
    await once(socket, 'listening');
    expect(kindOf(await resolverAt(socket.address().port).mx('x.test', within(2_000)))).toBe('unreachable');
    socket.close();
  });

  it.each(['', '.', 'a..b', `${'x'.repeat(64)}.test`, `${'x.'.repeat(130)}test`])(
    'no name at all: %s',
    async (name) => {
      const { resolver, server } = await start({});
      expect(kindOf(await resolver.a(name, within(300)))).toBe('malformed');
      expect(server.queries).toEqual([]);
    },
  );

  it.each(['wrong_id', 'wrong_question', 'wrong_source'] as const)(
    'an answer that is not ours (%s), which is not even heard',
    async (fault) => {
      const { resolver } = await start({ 'x.test': { a: ['8.8.4.4'], fault } });
      expect(kindOf(await resolver.a('x.test', within(300)))).toBe('timeout');
    },
  );

  it('no time left', async () => {
    const { resolver, server } = await start({ 'x.test': { a: ['8.8.4.4'] } });
    expect(kindOf(await resolver.a('x.test', within(-1)))).toBe('timeout');
    expect(server.queries).toEqual([]);
  });
});

describe('whatever bytes answer', () => {
  const question = { type: 'A', name: 'x.test', class: 'IN' } as const;
  const good = encode({
    type: 'response',
    questions: [question],
    answers: [
      { type: 'CNAME', name: 'x.test', ttl: 1, data: 'y.test' },
      { type: 'A', name: 'y.test', ttl: 1, data: '8.8.4.4' },
    ],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 512,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  const kinds = ['records', 'nxdomain', 'nodata', 'failure'];

  async function answerTo(bytes: Uint8Array): Promise<DnsAnswer<string>> {
    const nameServer = { ask: async () => ({ kind: 'answer', bytes }) as const };
    return await createPacketResolver({ nameServer, random: systemRandom }).a('x.test', 0);
  }

  it('nothing is thrown and nothing hangs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(kinds).toContain((await answerTo(bytes)).kind);
      }),
      { numRuns: 500 },
    );
  });

  it('a good answer with some bytes changed is read or is a failure', async () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(good);
        for (const [offset, byte] of changes) bytes[offset] = byte;
        expect(kinds).toContain((await answerTo(bytes)).kind);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a good answer cut short or with bytes to spare is malformed', async () => {
    expect(kindOf(await answerTo(good))).toBe('records');
    for (let length = 0; length < good.length; length++) {
      expect(kindOf(await answerTo(good.subarray(0, length)))).toBe('malformed');
    }
    expect(kindOf(await answerTo(Buffer.concat([good, Buffer.alloc(1)])))).toBe('malformed');
  });

  it('an NXDOMAIN that brings the records all the same is not believed', async () => {
    const bytes = Buffer.from(good);
    bytes[3] = (bytes[3] ?? 0) | 3;
    expect(kindOf(await answerTo(bytes))).toBe('malformed');
  });

  it('the upper bits of the response code count', async () => {
    const badVersion = {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 512,
      extendedRcode: 1,
      ednsVersion: 0,
      flags: 0,
    } as const;
    const bytes = encode({
      type: 'response',
      questions: [question],
      additionals: [{ ...badVersion, flag_do: false, options: [] }],
    });
    expect(kindOf(await answerTo(bytes))).toBe('other_rcode');
  });
});
