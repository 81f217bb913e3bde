import { createSecureContext } from 'node:tls';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createHttpsReportPost, type ReportPostPorts } from '../../functions/adapters/report-post-https.ts';
import { makeCertificate, type MadeCertificate } from '../support/certificate-maker.ts';
import { type ReportServer, startReportServer } from '../support/report-server.ts';

const host = 'reports.example.test';
const authority = makeCertificate({ subject: 'authority', ca: true });
const certificate = makeCertificate({ subject: 'reports', issuer: authority, names: [host] });
const secureContext = createSecureContext({ ca: [authority.pem] });
const gzip = gzipSync('{"organization-name":"x"}');
const servers: ReportServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Wishes = {
  readonly certificate?: MadeCertificate;
  readonly answer?: (response: ServerResponse) => void;
  readonly ports?: Partial<ReportPostPorts>;
};

async function start({ certificate: own = certificate, answer, ports }: Wishes = {}) {
  const server = await startReportServer(own, answer);
  servers.push(server);
  const post = createHttpsReportPost({
    clock: systemClock,
    addressesOf: async () => ({ kind: 'addresses', ips: ['127.0.0.1'] }),
    secureContext: () => secureContext,
    anyPort: true,
    ...ports,
  });
  const send = async (withinMs = 5_000): Promise<string> => {
    const url = new URL(`https://${host}:${server.port}/v1/tls?x=1`);
    const delivery = await post(url, gzip, systemClock.now() + withinMs);
    return delivery.kind === 'delivered' ? 'delivered' : delivery.detail.replaceAll(String(server.port), 'PORT');
  };
  return { server, send };
}

describe('a report over HTTPS', () => {
  it('is posted gzipped under its media type (RFC 8460 §5.4, C47)', async () => {
    const { server, send } = await start();
    expect(await send()).toBe('delivered');
    const [posted] = server.posted;
    expect([posted?.url, posted?.contentType]).toEqual([
      `POST ${host}:${server.port}/v1/tls?x=1`,
      'application/tlsrpt+gzip',
    ]);
    expect(gunzipSync(posted?.body ?? '').toString()).toBe('{"organization-name":"x"}');
  });

  it.each<[string, (response: ServerResponse) => void]>([
    [
      'answered with the HTTP status 302',
      (response) => response.writeHead(302, { location: `https://${host}/` }).end(),
    ],
    ['answered with the HTTP status 429', (response) => response.writeHead(429).end()],
    ['answered with the HTTP status 500', (response) => response.writeHead(500).end()],
    ['timeout', () => {}],
  ])('was not taken: %s', async (why, answer) => {
    // Nor at another address of the host, for nobody knows what became of it at the first.
    const twice = async () => ({ kind: 'addresses', ips: ['127.0.0.1', '127.0.0.1'] }) as const;
    const { server, send } = await start({ answer, ports: { addressesOf: twice } });
    expect(await send(800)).toContain(why);
    expect(server.posted).toHaveLength(1);
  });

  it.each<[string, MadeCertificate]>([
    ['another name', makeCertificate({ subject: 'x', issuer: authority, names: ['other.test'] })],
    ['another authority', makeCertificate({ subject: 'x', names: [host] })],
  ])('does not go to a host with a certificate of %s', async (_, wrong) => {
    const { server, send } = await start({ certificate: wrong });
    expect(await send()).toMatch(/^The report could not be posted/);
    expect(server.posted).toEqual([]);
  });

  it('goes to the next address when nobody is at the first', async () => {
    const { send } = await start({
      ports: { addressesOf: async () => ({ kind: 'addresses', ips: ['127.0.0.9', '127.0.0.1'] }) },
    });
    expect(await send()).toBe('delivered');
  });

  it('goes to no address that was not vetted, and to no other port', async () => {
    const refused = await start({ ports: { addressesOf: async () => ({ kind: 'none', detail: 'Not dialled.' }) } });
    expect([await refused.send(), refused.server.posted]).toEqual(['Not dialled.', []]);
    const otherPort = await start({ ports: { anyPort: false } });
    expect([await otherPort.send(), otherPort.server.posted]).toEqual([
      'The port PORT is not dialled for reports.',
      [],
    ]);
  });
});
