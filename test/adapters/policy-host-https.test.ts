import type { ServerResponse } from 'node:http';
import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createHttpsPolicyHost, type PolicyHostPorts } from '../../functions/adapters/policy-host-https.ts';
import { checkSubjectAlternativeName } from '../../functions/smtp/pkix-verdict.ts';
import { makeCertificate, type MadeCertificate } from '../support/certificate-maker.ts';
import { type PolicyServer, policyText, startPolicyServer } from '../support/policy-server.ts';

const host = 'mta-sts.example.test';
const authority = makeCertificate({ subject: 'authority', ca: true });
const certificate = makeCertificate({ subject: 'policy', issuer: authority, names: [host] });
const secureContext = createSecureContext({ ca: [authority.pem], minVersion: 'TLSv1.2' });
const text = policyText('enforce', ['mx.example.test']);
const servers: PolicyServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(
  options: Parameters<typeof startPolicyServer>[2] & {
    readonly certificate?: MadeCertificate;
    readonly serve?: (response: ServerResponse) => void;
    readonly ports?: Partial<PolicyHostPorts>;
  } = {},
) {
  const { certificate: own = certificate, serve, ports, ...secure } = options;
  const server = await startPolicyServer(text, own, secure);
  servers.push(server);
  if (serve !== undefined) server.serve(serve);
  const policyHost = createHttpsPolicyHost({
    clock: systemClock,
    addressesOf: async () => ({ kind: 'addresses', ips: ['127.0.0.1'] }),
    secureContext: () => secureContext,
    checkServerIdentity: checkSubjectAlternativeName,
    port: server.port,
    ...ports,
  });
  const fetch = async (withinMs = 5_000): Promise<string> => {
    const fetched = await policyHost.policyOf('example.test', systemClock.now() + withinMs);
    return fetched.kind === 'text' ? fetched.text : fetched.failure.code;
  };
  return { server, fetch };
}

function answer(status: number, headers: Record<string, string>, body: string | Buffer = text) {
  return (response: ServerResponse): void => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

const plain = { 'content-type': 'text/plain' };

describe('a policy', () => {
  it('is fetched from its host by name (C39)', async () => {
    const { server, fetch } = await start();
    expect(await fetch()).toBe(text);
    const { port, requests } = server;
    expect(requests).toEqual([{ host: `${host}:${port}`, url: '/.well-known/mta-sts.txt', servername: host }]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['media types with parameters', answer(200, { 'content-type': 'Text/Plain;charset=us-ascii' })],
    ['64 KiB', answer(200, plain, Buffer.alloc(65_536, 'x'))],
  ])('may have %s', async (_, serve) => {
    expect(await (await start({ serve })).fetch()).not.toMatch(/^sts-/);
  });

  it.each<[string, string, (response: ServerResponse) => void]>([
    ['sts-policy-fetch-error', 'not found', answer(404, plain)],
    ['sts-policy-fetch-error', 'a redirect', answer(301, { ...plain, location: `https://${host}/elsewhere` })],
    ['sts-policy-fetch-error', 'another good status', answer(203, plain)],
    ['sts-policy-fetch-error', 'not modified', answer(304, plain, '')],
    ['sts-policy-fetch-error', 'too much', answer(200, plain, Buffer.alloc(65_537, 'x'))],
    ['sts-policy-invalid', 'HTML', answer(200, { 'content-type': 'text/html' })],
    ['sts-policy-invalid', 'no media type', answer(200, {})],
    ['sts-policy-fetch-error', 'silence', () => {}],
    [
      'sts-policy-fetch-error',
      'half an answer',
      (response) => {
        response.writeHead(200, { ...plain, 'content-length': '1000' });
        response.write(text);
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      'sts-policy-fetch-error',
      'a trickle',
      (response) => {
        response.writeHead(200, plain);
        const timer = setInterval(() => response.write('x'), 50);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('is not had: %s for %s (T16, C39)', async (code, _, serve) => {
    const { server, fetch } = await start({ serve });
    expect(await fetch(600)).toBe(code);
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, MadeCertificate]>([
    ['another name', makeCertificate({ subject: 'x', issuer: authority, names: ['example.test'] })],
    ['the name as common name only', makeCertificate({ subject: host, issuer: authority })],
    ['another authority', makeCertificate({ subject: 'x', names: [host] })],
    [
      'the past',
      makeCertificate({ subject: 'x', issuer: authority, names: [host], notAfter: new Date(Date.now() - 1_000) }),
    ],
  ])('is not asked for at a host whose certificate is of %s (T16, C39)', async (_, wrong) => {
    const { server, fetch } = await start({ certificate: wrong });
    expect(await fetch()).toBe('sts-webpki-invalid');
    expect(server.requests).toEqual([]);
  });

  it('is not asked for over an old version of TLS', async () => {
    const { fetch } = await start({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' });
    expect(await fetch()).toBe('sts-policy-fetch-error');
  });

  it('is fetched from the next address when nobody is at the first', async () => {
    const addressesOf: PolicyHostPorts['addressesOf'] = async () => {
      return { kind: 'addresses', ips: ['127.0.0.9', '127.0.0.1'] };
    };
    expect(await (await start({ ports: { addressesOf } })).fetch()).toBe(text);
  });

  it('is not had where its host has no address that may be dialled', async () => {
    const addressesOf: PolicyHostPorts['addressesOf'] = async () => ({ kind: 'none', detail: 'X.' });
    expect(await (await start({ ports: { addressesOf } })).fetch()).toBe('sts-policy-fetch-error');
  });
});
