import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createHttpsPolicyHost } from '../../functions/adapters/policy-host-https.ts';
import { createSqliteStsPolicies } from '../../functions/adapters/sts-policies-sqlite.ts';
import type { StsPolicies } from '../../functions/core/ports/sts-policies.ts';
import type { TlsResult } from '../../functions/core/ports/tls-results.ts';
import { createSts, type Sts } from '../../functions/dns/sts-lookup.ts';
import { checkSubjectAlternativeName } from '../../functions/smtp/pkix-verdict.ts';
import { temporaryStore } from '../adapters/temporary-store.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { createMemoryResolver, type MemoryResolver } from '../support/memory-resolver.ts';
import { type PolicyServer, policyText, startPolicyServer } from '../support/policy-server.ts';

const authority = makeCertificate({ subject: 'authority', ca: true });
const certificate = makeCertificate({ subject: 'policy', issuer: authority, names: ['mta-sts.example.test'] });
const secureContext = createSecureContext({ ca: [authority.pem] });
const minute = 60_000;
const day = 86_400_000;
const record = '_mta-sts.example.test';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Stage = {
  readonly dns: MemoryResolver;
  readonly host: PolicyServer;
  readonly stsPolicies: StsPolicies;
  readonly noted: TlsResult[];
  /** Another worker on the same store. */
  readonly worker: (changes?: { readonly stsPolicies?: StsPolicies }) => Sts;
  readonly pass: (ms: number) => void;
};

async function stage(): Promise<Stage> {
  const { store, dispose } = temporaryStore();
  const host = await startPolicyServer(policyText('enforce', ['mx.example.test']), certificate);
  closing.push(() => host.close(), dispose);
  const dns = createMemoryResolver({ [record]: { txt: ['v=STSv1; id=1;'] } });
  const noted: TlsResult[] = [];
  let passed = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + passed };
  const stsPolicies = createSqliteStsPolicies(store);
  const policyHost = createHttpsPolicyHost({
    clock,
    addressesOf: async () => ({ kind: 'addresses', ips: ['127.0.0.1'] }),
    secureContext: () => secureContext,
    checkServerIdentity: checkSubjectAlternativeName,
    port: host.port,
  });
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const tlsResults = { note: (result: TlsResult) => void noted.push(result) };
  const ports = { resolver: dns, stsPolicies, policyHost, tlsResults, clock, log, policyMs: 2_000 };
  return {
    dns,
    host,
    stsPolicies,
    noted,
    worker: (changes = {}) => {
      const sts = createSts({ ...ports, ...changes });
      return { ...sts, stsOf: (domain) => sts.stsOf(domain, clock.now() + 2_000) };
    },
    pass: (ms) => void (passed += ms),
  };
}

async function modeOf(sts: Sts): Promise<string> {
  const policy = await sts.stsOf('example.test', 0);
  if (policy === null) return 'no policy';
  return 'kind' in policy ? policy.kind : policy.mode;
}

const gone = (response: { writeHead(status: number): unknown; end(): unknown }): void => {
  response.writeHead(404);
  response.end();
};

describe('the MTA-STS policy of a domain', () => {
  it('is fetched once and holds for everybody, whatever becomes of its host', async () => {
    const { host, worker } = await stage();
    const one = worker();
    expect(await one.stsOf('example.test', 0)).toMatchObject({ mode: 'enforce', mx: ['mx.example.test'] });
    host.serve(gone);
    expect(await modeOf(one)).toBe('enforce');
    expect(await modeOf(worker())).toBe('enforce');
    expect(host.requests).toHaveLength(1);
  });

  it('is fetched once by many who ask at the same time', async () => {
    const { host, worker } = await stage();
    const one = worker();
    expect(await Promise.all(Array.from({ length: 10 }, () => modeOf(one)))).toEqual(Array(10).fill('enforce'));
    expect(host.requests).toHaveLength(1);
  });

  it('outlives its DNS record, and failures of DNS, until it expires (T17, C40)', async () => {
    const { dns, host, worker, pass } = await stage();
    const one = worker();
    await modeOf(one);
    for (const node of [null, 'failure', { txt: ['v=STSv1; id=1', 'v=STSv1; id=1'] }] as const) {
      dns.set(record, node);
      expect(await modeOf(one)).toBe('enforce');
      expect(await modeOf(worker())).toBe('enforce');
    }
    pass(7 * day - minute);
    expect(await modeOf(one)).toBe('enforce');
    pass(minute);
    expect(await modeOf(one)).toBe('no policy');
    expect(await modeOf(worker())).toBe('no policy');
    expect(host.requests).toHaveLength(1);
  });

  it('is fetched again when the id changes, and the old one holds while that fails (T16, T17, C43)', async () => {
    const { dns, host, worker, pass, noted } = await stage();
    const one = worker();
    await modeOf(one);
    dns.set(record, { txt: ['v=STSv1; id=2;'] });
    host.serve(gone);
    expect(await modeOf(one)).toBe('enforce');
    expect(noted.map(({ failure }) => failure?.code)).toEqual(['sts-policy-fetch-error']);
    host.serve(policyText('none', []));
    // Not at every mail.
    expect(await modeOf(one)).toBe('enforce');
    pass(5 * minute);
    expect(await modeOf(one)).toBe('none');
    expect(await modeOf(worker())).toBe('none');
    expect(host.requests).toHaveLength(3);
  });

  it('that another worker has fetched under a new id is taken from the store', async () => {
    const { dns, host, worker } = await stage();
    const [one, two] = [worker(), worker()];
    await modeOf(one);
    await modeOf(two);
    dns.set(record, { txt: ['v=STSv1; id=2;'] });
    host.serve(policyText('testing', ['mx.example.test']));
    expect(await modeOf(one)).toBe('testing');
    expect(await modeOf(two)).toBe('testing');
    expect(host.requests).toHaveLength(2);
  });

  it.each<[string, string, string]>([
    ['sts-policy-invalid', 'is no policy', '<html>'],
    ['sts-policy-invalid', 'lists nobody', policyText('enforce', [])],
  ])('is none where what is served %s: %s', async (code, _, text) => {
    const { host, worker, noted } = await stage();
    host.serve(text);
    const one = worker();
    expect(await modeOf(one)).toBe('no policy');
    expect(await modeOf(one)).toBe('no policy');
    expect(noted.map(({ policy, failure }) => `${policy.domain} ${failure?.code}`)).toEqual([`example.test ${code}`]);
    expect(host.requests).toHaveLength(1);
  });

  it.each<[string, Parameters<MemoryResolver['set']>[1]]>([
    ['no record', null],
    ['two records', { txt: ['v=STSv1; id=1', 'v=STSv1; id=2'] }],
    ['a broken record', { txt: ['v=STSv1; id='] }],
    ['DNS that fails', 'failure'],
  ])('is none, and nobody is asked for one, where there is %s', async (_, node) => {
    const { dns, host, worker } = await stage();
    dns.set(record, node);
    expect(await modeOf(worker())).toBe('no policy');
    expect(host.requests).toEqual([]);
  });

  it('is its own, not that of the domain above (C41)', async () => {
    const { worker, dns } = await stage();
    expect(await worker().stsOf('sub.example.test', 0)).toBe(null);
    expect(dns.asked).toEqual(['_mta-sts.sub.example.test']);
  });

  it('is followed along an alias of its record (C38)', async () => {
    const { dns, worker } = await stage();
    dns.set(record, { cname: 'elsewhere.test' });
    dns.set('elsewhere.test', { txt: ['v=STSv1; id=1'] });
    expect(await modeOf(worker())).toBe('enforce');
  });

  it('that ends at once is used once', async () => {
    const { host, worker, dns } = await stage();
    host.serve(policyText('enforce', ['mx.example.test'], 0));
    const one = worker();
    expect(await modeOf(one)).toBe('enforce');
    dns.set(record, null);
    expect(await modeOf(one)).toBe('no policy');
  });

  it('is not known where the store cannot be read, which is not the same as none', async () => {
    const { worker, stsPolicies } = await stage();
    const find = (): Promise<never> => Promise.reject(new Error('The disk is gone.'));
    expect(await modeOf(worker({ stsPolicies: { ...stsPolicies, find } }))).toBe('unknown');
  });

  it('holds where it cannot be written down', async () => {
    const { worker, stsPolicies } = await stage();
    const keep = (): Promise<never> => Promise.reject(new Error('The disk is full.'));
    expect(await modeOf(worker({ stsPolicies: { ...stsPolicies, keep } }))).toBe('enforce');
  });
});

describe('policies that were not checked for a day', () => {
  it('are fetched anew when mail comes by', async () => {
    const { host, worker, pass } = await stage();
    const one = worker();
    await modeOf(one);
    pass(day + minute);
    expect(await modeOf(one)).toBe('enforce');
    expect(host.requests).toHaveLength(2);
    pass(6 * day);
    expect(await modeOf(one)).toBe('enforce');
  });

  it('are fetched anew without any mail, though their record be gone', async () => {
    const { dns, host, worker, pass, stsPolicies } = await stage();
    const one = worker();
    await modeOf(one);
    const first = await stsPolicies.find('example.test');
    await one.refresh(new AbortController().signal);
    expect(host.requests).toHaveLength(1);
    dns.set(record, null);
    pass(day + minute);
    await one.refresh(new AbortController().signal);
    const second = await stsPolicies.find('example.test');
    expect(second?.expiresAt).toBeGreaterThan(first?.expiresAt ?? 0);
    expect(host.requests).toHaveLength(2);
  });

  it('stay as they are when that fails, and are tried again a day later', async () => {
    const { host, worker, pass, stsPolicies, noted } = await stage();
    const one = worker();
    await modeOf(one);
    const first = await stsPolicies.find('example.test');
    host.serve(gone);
    pass(day + minute);
    await one.refresh(new AbortController().signal);
    await one.refresh(new AbortController().signal);
    expect(host.requests).toHaveLength(2);
    expect(noted).toHaveLength(1);
    const second = await stsPolicies.find('example.test');
    expect(second).toEqual({ ...first, checkedAt: second?.checkedAt });
  });
});
