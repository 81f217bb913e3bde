import { afterEach, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createSystemResolver } from '../../functions/adapters/resolver-system.ts';
import type { Resolver } from '../../functions/core/ports/resolver.ts';
import { type DnsFault, type DnsServer, type DnsZone, startDnsServer } from '../support/dns-server.ts';

const servers: DnsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(zone: DnsZone): Promise<Resolver> {
  const server = await startDnsServer(zone);
  servers.push(server);
  return createSystemResolver({ clock: systemClock, servers: [`127.0.0.1:${server.port}`] });
}

function within(ms: number): number {
  return systemClock.now() + ms;
}

function absent(kind: 'nxdomain' | 'nodata') {
  return { kind, authenticated: false, ttlSeconds: null };
}

it("The machine's resolver answers with records that are never called authenticated", async () => {
  const mx = [{ preference: 10, exchange: 'MX.Test' }];
  const node = { mx, a: ['8.8.4.4'], aaaa: ['2a00::1'], ttlSeconds: 7, authenticated: true };
  const resolver = await start({ 'x.test': node });
  const found = { kind: 'records', authenticated: false, canonicalName: 'x.test', ttlSeconds: 7 };
  expect(await resolver.a('x.test', within(5_000))).toEqual({ ...found, records: ['8.8.4.4'] });
  expect(await resolver.aaaa('x.test', within(5_000))).toEqual({ ...found, records: ['2a00::1'] });
  expect(await resolver.mx('x.test', within(5_000))).toEqual({
    ...found,
    ttlSeconds: 300,
    records: [{ preference: 10, exchange: 'mx.test' }],
  });
});

it("The machine's resolver names the root of a null MX with the empty string", async () => {
  const resolver = await start({ 'x.test': { mx: [{ preference: 0, exchange: '.' }] } });
  expect(await resolver.mx('x.test', within(5_000))).toMatchObject({ records: [{ preference: 0, exchange: '' }] });
});

it("The machine's resolver joins the strings of a TXT record and reads every octet as one character", async () => {
  const strings = [Buffer.from('v=DKIM1; p=AB'), Buffer.alloc(0), Buffer.from([0x43, 0xe4, 0xff])];
  const long = 'x'.repeat(700);
  const resolver = await start({ 'x.test': { txt: [strings, 'plain', long] }, 'alias.test': { cname: 'x.test' } });
  const found = { kind: 'records', authenticated: false, ttlSeconds: 300 };
  const records = ['v=DKIM1; p=ABC\u00e4\u00ff', 'plain', long];
  expect(await resolver.txt('x.test', within(5_000))).toEqual({ ...found, canonicalName: 'x.test', records });
  expect(await resolver.txt('alias.test', within(5_000))).toMatchObject({ records });
  expect(await resolver.txt('gone.test', within(5_000))).toEqual(absent('nxdomain'));
});

it("The machine's resolver tells NXDOMAIN from NODATA, whatever the error codes are called", async () => {
  const resolver = await start({ 'x.test': { a: ['8.8.4.4'] } });
  expect(await resolver.mx('gone.test', within(5_000))).toEqual(absent('nxdomain'));
  expect(await resolver.mx('x.test', within(5_000))).toEqual(absent('nodata'));
  expect(await resolver.aaaa('x.test', within(5_000))).toEqual(absent('nodata'));
});

it.each<[DnsFault, string]>([
  ['servfail', 'servfail'],
  ['refused', 'refused'],
  ['notimp', 'notimp'],
  ['formerr', 'formerr'],
  ['silent', 'timeout'],
])("The machine's resolver takes %s for a failure", async (fault, code) => {
  const resolver = await start({ 'x.test': { a: ['8.8.4.4'], fault } });
  expect(await resolver.a('x.test', within(400))).toMatchObject({ kind: 'failure', code });
});

it.each<DnsFault>(['garbage', 'cut', 'truncated_tcp_reset'])(
  "The machine's resolver takes %s for a failure of some kind",
  async (fault) => {
    const resolver = await start({ 'x.test': { a: ['8.8.4.4'], fault } });
    expect(await resolver.a('x.test', within(400))).toMatchObject({ kind: 'failure' });
  },
);

it("The machine's resolver has no answer when no time is left", async () => {
  const resolver = await start({ 'x.test': { a: ['8.8.4.4'] } });
  expect(await resolver.a('x.test', within(-1))).toMatchObject({ kind: 'failure', code: 'timeout' });
});
