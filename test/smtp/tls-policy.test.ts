import type { TLSSocketOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';

import type { TlsResult } from '../../functions/core/ports/tls-results.ts';
import type { Target } from '../../functions/core/ports/router.ts';
import type { TlsDemand, TlsPolicy } from '../../functions/core/tls/tls-policy.ts';
import { associationOf, makeCertificate, type MadeCertificate } from '../support/certificate-maker.ts';
import type { Script } from '../support/scripted-smtp-server.ts';
import { sent, scene, type Scene } from '../support/smtp-scene.ts';
import { summary, testClient } from '../support/smtp-order.ts';

const host = 'mx.example.test';
const authority = makeCertificate({ subject: 'authority', ca: true });
const good = makeCertificate({ subject: 'good', issuer: authority, names: [host] });
const selfSigned = makeCertificate({ subject: 'self-signed', names: [host] });
const expired = makeCertificate({
  subject: 'expired',
  issuer: authority,
  names: [host],
  notAfter: new Date(Date.now() - 1_000),
});
const elsewhere = makeCertificate({ subject: 'elsewhere', issuer: authority, names: ['other.test'] });
const nameless = makeCertificate({ subject: host, issuer: authority });

const plain = (changes: Partial<TlsPolicy> = {}): TlsPolicy => {
  return { rule: 'required', domain: 'example.test', dane: null, objection: null, published: null, ...changes };
};

function dane(usage: number, about: MadeCertificate, base = host): Partial<Target> {
  const record = { usage, selector: 1, matchingType: 1, association: associationOf(about, 1, 1) };
  return { tls: 'dane', policy: plain({ rule: 'dane', dane: { base, names: ['example.test'], records: [record] } }) };
}

function presenting(chain: readonly MadeCertificate[], options: TLSSocketOptions = {}): Script {
  const [own] = chain;
  return {
    extensions: ['STARTTLS'],
    tlsOptions: { cert: chain.map(({ pem }) => pem).join(''), key: own?.keyPem ?? '', ...options },
  };
}

async function attempt(script: Script, target: Partial<Target>) {
  const made: Scene = await scene(() => script, { trustedCas: [authority.pem] }, target);
  const results: TlsResult[] = [];
  const client = testClient({ trustedCas: [authority.pem] }, results);
  const result = await sent({ ...made, client });
  await client.close();
  const { tls, error } = result.recipients[0]?.outcome.evidence ?? {};
  return {
    end: summary(result)[0],
    tls,
    error: error?.code ?? null,
    noted: results.map(({ policy, failure }) => `${policy.rule} ${failure?.code ?? 'satisfied'}`),
    localIps: results.map(({ localIp }) => localIp),
    commands: made.server.commands.map((line) => line.split(/[ :]/)[0]).join(' '),
    connections: made.server.connections,
  };
}

const held = { end: 'deferred host starttls next', commands: 'EHLO STARTTLS', connections: 1 };

describe('a failure is named as in reports about TLS where TLS was demanded:', () => {
  const demands: readonly [TlsDemand, TlsPolicy['rule']][] = [
    ['required', 'required'],
    ['required', 'verified'],
    ['required', 'mta-sts'],
  ];
  test.each<[string, string, Script]>([
    ['self-signed', 'certificate-not-trusted', presenting([selfSigned])],
    ['expired', 'certificate-expired', presenting([expired])],
    ['another name', 'certificate-host-mismatch', presenting([elsewhere])],
    [
      'an old version',
      'validation-failure',
      presenting([good], { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    ],
  ])('%s is %s (T02, T10, T11)', async (_, code, script) => {
    for (const [tls, rule] of demands) {
      const seen = await attempt(script, { tls, policy: plain({ rule }) });
      expect(seen).toMatchObject({ ...held, error: code, noted: [`${rule} ${code}`], localIps: ['127.0.0.1'] });
    }
  });

  test.each<[TlsDemand, Partial<Target>]>([
    ['encrypted', { tls: 'encrypted', policy: plain() }],
    ['required', { tls: 'required', policy: plain() }],
    ['dane', dane(3, good)],
  ])('no STARTTLS is starttls-not-supported under the demand %s (T07)', async (_, target) => {
    const seen = await attempt({ ...presenting([good]), extensions: [] }, target);
    expect(seen).toMatchObject({ end: held.end, commands: 'EHLO', connections: 1, error: 'starttls-not-supported' });
    const refused = await attempt({ ...presenting([good]), starttls: '454 4.7.0 not now' }, target);
    expect(refused).toMatchObject({
      end: 'deferred host starttls 454 next',
      commands: 'EHLO STARTTLS',
      connections: 1,
    });
    expect(refused.error).toBe('starttls-not-supported');
  });
});

test('The demand for encryption alone takes any certificate, and says that nobody verified it', async () => {
  const seen = await attempt(presenting([selfSigned]), { tls: 'encrypted', policy: plain() });
  expect(seen).toMatchObject({ end: 'delivered dot 250', tls: { verified: false, policy: 'required' }, error: null });
  expect(seen.noted).toEqual(['required satisfied']);
});

test('The common name is no name under MTA-STS (C42)', async () => {
  const strict = await attempt(presenting([nameless]), { tls: 'required', policy: plain({ rule: 'mta-sts' }) });
  expect(strict).toMatchObject({ ...held, error: 'certificate-host-mismatch' });
  const lax = await attempt(presenting([nameless]), { tls: 'required', policy: plain() });
  expect(lax.end).toBe('delivered dot 250');
});

describe('DANE', () => {
  test.each<[string, Script, Partial<Target>]>([
    ['the certificate of the server, though expired and of another name', presenting([elsewhere]), dane(3, elsewhere)],
    ['a self-signed certificate', presenting([selfSigned]), dane(3, selfSigned)],
    ['an authority in the chain that nobody else trusts', presenting([good, authority]), dane(2, authority)],
  ])('verifies %s', async (_, script, target) => {
    const seen = await attempt(script, target);
    expect(seen).toMatchObject({ end: 'delivered dot 250', tls: { verified: true, policy: 'dane' }, error: null });
    expect(seen.noted).toEqual(['dane satisfied']);
  });

  test.each<[string, string, Script, Partial<Target>]>([
    ['tlsa-invalid', 'a certificate that everybody else trusts', presenting([good]), dane(3, selfSigned)],
    ['tlsa-invalid', 'an authority that is not presented', presenting([good]), dane(2, authority)],
    [
      'certificate-host-mismatch',
      'another name below an authority',
      presenting([elsewhere, authority]),
      dane(2, authority),
    ],
    ['certificate-expired', 'an expired certificate', presenting([expired, authority]), dane(2, authority)],
  ])('fails with %s for %s, and nothing is sent (T14, C46)', async (code, _, script, target) => {
    expect(await attempt(script, target)).toMatchObject({ ...held, error: code, noted: [`dane ${code}`] });
  });

  test('asks for the TLSA base domain by SNI (C46)', async () => {
    const asked: string[] = [];
    const options: TLSSocketOptions = {
      SNICallback: (name, answer) => {
        asked.push(name);
        answer(null);
      },
    };
    const seen = await attempt(presenting([good], options), dane(3, good, 'real.example.test'));
    expect(seen.end).toBe('delivered dot 250');
    expect(asked).toEqual(['real.example.test']);
  });
});

describe('MTA-STS in testing mode', () => {
  const testing = (objection: TlsPolicy['objection'] = null): Partial<Target> => {
    return { tls: 'opportunistic', policy: plain({ rule: 'mta-sts-testing', objection }) };
  };

  test.each<[string, string | null, Script, Partial<Target>]>([
    ['is satisfied', null, presenting([good]), testing()],
    ['notes a certificate', 'certificate-not-trusted', presenting([selfSigned]), testing()],
    ['notes that there is no TLS', 'starttls-not-supported', { extensions: [] }, testing()],
    [
      'notes a host that the policy does not list',
      'validation-failure',
      presenting([good]),
      testing({ code: 'validation-failure', detail: 'X.' }),
    ],
  ])('%s, and delivers', async (_, code, script, target) => {
    const seen = await attempt(script, target);
    expect(seen).toMatchObject({ end: 'delivered dot 250', error: code });
    expect(seen.noted).toEqual([`mta-sts-testing ${code ?? 'satisfied'}`]);
  });
});

test('A connection made under one rule is not used under another', async () => {
  const made = await scene(() => presenting([selfSigned]), {}, { tls: 'opportunistic' });
  const outcomesOf = async (target: Partial<Target>) =>
    summary(await sent({ ...made, target: { ...made.target, ...target } }))[0];
  expect(await outcomesOf({})).toBe('delivered dot 250');
  expect(await outcomesOf(dane(3, good))).toBe('deferred host starttls next');
  expect(await outcomesOf(dane(3, selfSigned))).toBe('delivered dot 250');
  expect(made.server.connections).toBe(3);
  // Nor is one of its own refused to another domain with the same host.
  expect(await outcomesOf({ policy: { ...made.target.policy, domain: 'other.test' } })).toBe('delivered dot 250');
  expect(made.server.connections).toBe(3);
});

describe('Where no policy was found', () => {
  const unprotected = {
    tls: 'opportunistic',
    policy: plain({ rule: 'opportunistic', published: { kind: 'none' } }),
  } as const;

  test.each<[string, string, Script]>([
    ['that TLS could be had, whatever the certificate', 'satisfied', presenting([selfSigned])],
    ['that there was none', 'starttls-not-supported', { extensions: [] }],
    [
      'what was wrong with it',
      'validation-failure',
      presenting([good], { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    ],
  ])('is noted %s, and mail is delivered as if nothing had been', async (_, code, script) => {
    const seen = await attempt(script, unprotected);
    expect(seen).toMatchObject({ end: 'delivered dot 250', error: null, localIps: ['127.0.0.1'] });
    expect(seen.noted).toEqual([`opportunistic ${code}`]);
  });

  test('nothing is noted against a host under a rule of the operator’s own', async () => {
    const own = { tls: 'opportunistic', policy: plain({ rule: 'opportunistic' }) } as const;
    expect((await attempt({ extensions: [] }, own)).noted).toEqual(['opportunistic satisfied']);
  });
});
