import { createSecureContext } from 'node:tls';

import { encode } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createHttpsNameServer, type HttpsNameServerPorts } from '../../functions/adapters/resolver-https.ts';
import { createPacketResolver } from '../../functions/adapters/resolver-packets.ts';
import type { DnsAnswer, Resolver } from '../../functions/core/ports/resolver.ts';
import { wireUncachedResolver } from '../../functions/wiring/resolver.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { type DnsZone, startDnsServer } from '../support/dns-server.ts';
import { type DohServer, startDohServer } from '../support/doh-server.ts';

const closing: (() => Promise<void>)[] = [];
const authority = makeCertificate({ subject: 'doh authority', ca: true });
const certificate = makeCertificate({ subject: 'doh', issuer: authority, names: ['doh.test'] });
const secureContext = createSecureContext({ ca: [authority.pem] });

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Options = NonNullable<Parameters<typeof startDohServer>[2]> & {
  readonly ports?: Partial<HttpsNameServerPorts>;
  readonly certificate?: typeof certificate;
};

async function start(zone: DnsZone, options: Options = {}): Promise<{ server: DohServer; resolver: Resolver }> {
  const dns = await startDnsServer(zone);
  const server = await startDohServer(dns.port, options.certificate ?? certificate, options);
  closing.push(
    () => server.close(),
    () => dns.close(),
  );
  const nameServer = createHttpsNameServer(server.url, {
    clock: systemClock,
    addressesOf: async () => ({ kind: 'addresses', ips: ['127.0.0.1'] }),
    secureContext: () => secureContext,
    ...options.ports,
  });
  return { server, resolver: createPacketResolver({ nameServer, random: systemRandom }) };
}

function within(ms: number): number {
  return systemClock.now() + ms;
}

function kindOf(answer: DnsAnswer<unknown>): string {
  return answer.kind === 'failure' ? answer.code : answer.kind;
}

describe.each([false, true])('the resolver over HTTPS (HTTP/2: %s)', (http2) => {
  it('asks by POST under the id 0, over one connection, and says what was authenticated', async () => {
    const zone = { 'x.test': { a: ['8.8.4.4'], authenticated: true }, 'y.test': { a: ['8.8.4.5'] } };
    const { resolver, server } = await start(zone, { http2 });
    expect(await resolver.a('x.test', within(5_000))).toMatchObject({ records: ['8.8.4.4'], authenticated: true });
    const before = server.connections();
    expect(await resolver.a('y.test', within(5_000))).toMatchObject({ records: ['8.8.4.5'], authenticated: false });
    expect(kindOf(await resolver.a('gone.test', within(5_000)))).toBe('nxdomain');
    expect(server.connections()).toBe(before);
    const seen = { id: 0, method: 'POST', version: http2 ? '2.0' : '1.1' };
    expect(server.requests).toEqual([seen, seen, seen]);
  });

  it('asks again on a new connection when the old one has gone', async () => {
    const { resolver, server } = await start({ 'x.test': { a: ['8.8.4.4'] } }, { http2 });
    await resolver.a('x.test', within(5_000));
    server.drop();
    expect(kindOf(await resolver.a('x.test', within(5_000)))).toBe('records');
  });

  it.each<[string, string, NonNullable<Options['spoil']>]>([
    ['an HTTP error', 'unreachable', (response) => (response.writeHead(503), response.end(), true)],
    [
      'a redirect, which is not followed',
      'unreachable',
      (response) => (response.writeHead(302, { location: '/other' }), response.end(), true),
    ],
    [
      'another media type',
      'malformed',
      (response, query) => (response.writeHead(200, { 'content-type': 'text/html' }), response.end(query), true),
    ],
    [
      'no DNS message',
      'malformed',
      (response) => (
        response.writeHead(200, { 'content-type': 'application/dns-message' }),
        response.end('hello'),
        true
      ),
    ],
    [
      'more than a message can be',
      'malformed',
      (response) => (
        response.writeHead(200, { 'content-type': 'application/dns-message' }),
        response.end(Buffer.alloc(70_000)),
        true
      ),
    ],
    [
      'an answer to another question',
      'malformed',
      (response) => {
        const question = { type: 'A', name: 'y.test', class: 'IN' } as const;
        const answers = [{ type: 'A', name: 'x.test', ttl: 60, data: '192.0.2.66' }] as const;
        response.writeHead(200, { 'content-type': 'application/dns-message' });
        response.end(encode({ type: 'response', id: 0, questions: [question], answers: [...answers] }));
        return true;
      },
    ],
    ['silence', 'timeout', () => true],
  ])('takes %s for a failure', async (_, code, spoil) => {
    const { resolver } = await start({}, { http2, spoil });
    expect(kindOf(await resolver.a('x.test', within(700)))).toBe(code);
  });
});

describe('the resolver over HTTPS', () => {
  it.each([
    ['another name', makeCertificate({ subject: 'x', issuer: authority, names: ['other.test'] })],
    ['another authority', makeCertificate({ subject: 'x', names: ['doh.test'] })],
    [
      'the past',
      makeCertificate({ subject: 'x', issuer: authority, names: ['doh.test'], notAfter: new Date(Date.now() - 1_000) }),
    ],
  ])('is not asked when its certificate is of %s', async (_, wrong) => {
    const { resolver, server } = await start({ 'x.test': { a: ['8.8.4.4'] } }, { certificate: wrong });
    expect(kindOf(await resolver.a('x.test', within(5_000)))).toBe('unreachable');
    expect(server.requests).toEqual([]);
  });

  it('is not asked at addresses that may not be dialled', async () => {
    const url = new URL('https://127.0.0.1:1/dns-query');
    const ambient = { clock: systemClock, random: systemRandom };
    const config = { dns: { kind: 'https', url } as const, tlsCaFile: null, allowPrivateAddresses: false };
    const refused = await wireUncachedResolver(config, ambient).a('x.test', within(5_000));
    expect(refused).toMatchObject({ code: 'unreachable', detail: expect.stringContaining('private') as string });
    const dialled = await wireUncachedResolver({ ...config, allowPrivateAddresses: true }, ambient).a(
      'x.test',
      within(5_000),
    );
    expect(dialled).toMatchObject({ code: 'unreachable', detail: expect.stringContaining('ECONNREFUSED') as string });
  });

  it('goes on to the next address of its host', async () => {
    const addressesOf: HttpsNameServerPorts['addressesOf'] = async () => {
      return { kind: 'addresses', ips: ['127.0.0.9', '127.0.0.1'] };
    };
    const { resolver } = await start({ 'x.test': { a: ['8.8.4.4'] } }, { ports: { addressesOf } });
    expect(kindOf(await resolver.a('x.test', within(5_000)))).toBe('records');
  });
});
