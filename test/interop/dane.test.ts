import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { associationOf, makeCertificate, type MadeCertificate } from '../support/certificate-maker.ts';
import { type PolicyServer, policyText, startPolicyServer } from '../support/policy-server.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { freePort } from './listening.ts';
import { type Postfix, startPostfix } from './postfix.ts';
import { sendAndWait, temporaryFolder } from './scene.ts';
import { type SignedZones, startSignedZones, type Zone } from './signed-zones.ts';

const authority = makeCertificate({ subject: 'authority', ca: true });
const below = (...names: string[]): MadeCertificate => makeCertificate({ subject: 'x', issuer: authority, names });
const server = below('mx.secure.test', 'ta.secure.test', 'mx.plain.test');
const stranger = makeCertificate({ subject: 'stranger' });
const files = temporaryFolder();
const data = temporaryFolder();
let postfix: Postfix;
let zones: SignedZones;
let policyHost: PolicyServer;

beforeAll(async () => {
  const pem = path.join(files.folder, 'server.pem');
  const caFile = path.join(files.folder, 'ca.pem');
  writeFileSync(pem, [server.keyPem, server.pem, authority.pem].join(''));
  writeFileSync(caFile, authority.pem);
  postfix = await startPostfix(await freePort(), {
    relay_domains: 'secure.test, plain.test, bogus.test',
    smtpd_tls_security_level: 'may',
    smtpd_tls_chain_files: pem,
  });
  zones = await startSignedZones(zonesAt(postfix.port), below('localhost'));
  // Where policy hosts have to be (RFC 8461 §3.3).
  policyHost = await startPolicyServer(
    policyText('enforce', ['mx.plain.test']),
    below('mta-sts.sts.plain.test', 'mta-sts.unlisted.plain.test'),
    { port: 443, address: '127.0.0.1' },
  );
});

afterAll(async () => {
  await Promise.all([postfix.stop(), zones.stop(), policyHost.close()]);
  files.dispose();
  data.dispose();
});

function tlsa(host: string, port: number, usage: number, selector: number, about: MadeCertificate): string {
  return `_${port}._tcp.${host} TLSA ${usage} ${selector} 1 ${associationOf(about, selector, 1).toString('hex')}`;
}

function zonesAt(port: number): Zone[] {
  const hosts = ['mx', 'ta', 'wrong', 'pkix', 'bare'];
  const records = [
    ...hosts.map((host) => `${host} A 127.0.0.1`),
    ...hosts.map((host) => `to-${host} MX 10 ${host}`),
    tlsa('mx', port, 3, 1, server),
    tlsa('ta', port, 2, 0, authority),
    tlsa('wrong', port, 3, 1, stranger),
    tlsa('pkix', port, 1, 1, server),
    'alias CNAME to-mx',
    'host CNAME mx',
    'to-alias MX 10 host',
    'own A 127.0.0.1',
    tlsa('own', port, 3, 1, server),
    'null MX 0 .',
  ];
  const plain = [
    'mx A 127.0.0.1',
    tlsa('mx', port, 3, 1, stranger),
    'to-mx MX 10 mx',
    'to-secure MX 10 mx.secure.test.',
    'sts MX 10 mx',
    'unlisted MX 10 other',
    'other A 127.0.0.1',
    ...['sts', 'unlisted'].flatMap((domain) => [
      `_mta-sts.${domain} TXT "v=STSv1; id=1;"`,
      `mta-sts.${domain} A 127.0.0.1`,
    ]),
  ];
  return [
    { name: 'secure.test', kind: 'signed', records },
    { name: 'plain.test', kind: 'unsigned', records: plain },
    { name: 'bogus.test', kind: 'bogus', records },
  ];
}

/** What became of a mail to each domain: `delivered by dane, verified`, `deferred: tlsa-invalid`, `bounced 5.1.10`. */
async function ends(resolver: string, domains: readonly string[]): Promise<Record<string, string>> {
  const postern: PosternProcess = await startPostern(path.join(data.folder, resolver.slice(0, 5)), {
    POSTERN_ROUTE: 'mx',
    POSTERN_MX_PORT: String(postfix.port),
    POSTERN_DNS: resolver,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_TLS_CA_FILE: path.join(files.folder, 'ca.pem'),
  });
  const found: Record<string, string> = {};
  for (const domain of domains) {
    const email = { from: 'a@sender.test', to: `one@${domain}`, subject: 's', text: 't' };
    const view = await sendAndWait(postern, email, 'attempted');
    const [recipient] = view.recipients;
    const attempt = recipient?.attempts[0] as Attempt | undefined;
    const verified = attempt?.tls?.verified === true ? 'verified' : 'unverified';
    if (recipient?.status === 'delivered') found[domain] = `delivered by ${attempt?.tls?.policy}, ${verified}`;
    else if (recipient?.status === 'bounced') found[domain] = `bounced ${recipient.bounce?.enhanced_code}`;
    else found[domain] = `${recipient?.status}: ${attempt?.error?.code}`;
  }
  await postern.stop();
  return found;
}

type Attempt = {
  readonly tls: { readonly policy: string; readonly verified: boolean } | null;
  readonly error: { readonly code: string } | null;
};

const expected = {
  'to-mx.secure.test': 'delivered by dane, verified',
  'to-ta.secure.test': 'delivered by dane, verified',
  'to-wrong.secure.test': 'deferred: tlsa-invalid',
  'to-pkix.secure.test': 'delivered by dane, unverified',
  'to-bare.secure.test': 'delivered by opportunistic, unverified',
  'alias.secure.test': 'delivered by dane, verified',
  'to-alias.secure.test': 'delivered by dane, verified',
  'own.secure.test': 'delivered by dane, verified',
  'null.secure.test': 'bounced 5.1.10',
  'gone.secure.test': 'bounced 5.1.2',
  'to-mx.plain.test': 'delivered by opportunistic, verified',
  'to-secure.plain.test': 'delivered by opportunistic, verified',
  'sts.plain.test': 'delivered by mta-sts, verified',
  'unlisted.plain.test': 'deferred: validation-failure',
  'to-mx.bogus.test': 'deferred: dns_servfail',
};

describe('zones that Knot has signed and Unbound validates', () => {
  it.each(['udp', 'https'] as const)('decide about TLS with a Postfix, asked over %s', async (way) => {
    expect(await ends(zones[way], Object.keys(expected))).toEqual(expected);
  });
});
