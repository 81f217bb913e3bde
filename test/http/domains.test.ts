import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { limits } from '../../functions/core/limits.ts';
import { domainOf } from '../contract/domain-samples.ts';
import { createMemoryResolver, type MemoryResolver } from '../support/memory-resolver.ts';
import { type Answer, type Api, otherKey, startApi } from './api.ts';

type DomainView = {
  readonly id: string;
  readonly object: string;
  readonly name: string;
  readonly status: string;
  readonly created_at: string;
  readonly verified_at: string | null;
  readonly checked_at: string | null;
  readonly records: readonly {
    readonly purpose: string;
    readonly type: string;
    readonly name: string;
    readonly value: string;
    readonly required: boolean;
    readonly status: string;
  }[];
};

let api: Api;
let resolver: MemoryResolver;

beforeEach(async () => {
  resolver = createMemoryResolver();
  api = await startApi({}, { resolver, unverifiedSenders: 'allow' });
});

afterEach(() => api.dispose());

const asOther = { authorization: `Bearer ${otherKey}` };

async function viewOf(answer: Answer): Promise<DomainView> {
  return (await answer.json()) as unknown as DomainView;
}

async function add(name = 'sender.example', headers: Record<string, string> = {}): Promise<DomainView> {
  const answer = await api.request('POST', '/v1/domains', { name }, headers);
  expect(answer.status).toBe(201);
  return await viewOf(answer);
}

function ask(name: string): Promise<Answer> {
  return api.request('POST', '/v1/domains', { name });
}

function publish(domain: DomainView, purposes: readonly string[] = ['dkim']): void {
  for (const record of domain.records) {
    if (purposes.includes(record.purpose)) resolver.set(record.name, { txt: [record.value] });
  }
}

describe('adding a domain', () => {
  it('answers with what to publish', async () => {
    const domain = await add('sender.example');
    expect(domain).toMatchObject({
      object: 'domain',
      name: 'sender.example',
      status: 'pending',
      verified_at: null,
      checked_at: null,
    });
    expect(domain.id).toMatch(/^dom_[0-9a-z]{36}$/);
    expect(Math.abs(Date.parse(domain.created_at) - Date.now())).toBeLessThan(60_000);
    expect(
      domain.records.map(({ purpose, type, name, required, status }) => [purpose, type, name, required, status]),
    ).toEqual([
      ['dkim', 'TXT', expect.stringMatching(/^postern-r-[\da-f]{8}\._domainkey\.sender\.example$/), true, 'pending'],
      ['dkim', 'TXT', expect.stringMatching(/^postern-e-[\da-f]{8}\._domainkey\.sender\.example$/), false, 'pending'],
      ['spf', 'TXT', 'sender.example', false, 'pending'],
      ['dmarc', 'TXT', '_dmarc.sender.example', false, 'pending'],
      ['tls_rpt', 'TXT', '_smtp._tls.sender.example', false, 'pending'],
    ]);
    const values = domain.records.map(({ value }) => value);
    expect(values[0]).toMatch(/^v=DKIM1; k=rsa; p=[A-Za-z\d+/]{390,}=*$/);
    expect(values[1]).toMatch(/^v=DKIM1; k=ed25519; p=[A-Za-z\d+/]{43}=$/);
    expect(values.slice(2)).toEqual([
      'v=spf1 mx ~all',
      'v=DMARC1; p=none',
      'v=TLSRPTv1; rua=mailto:tls-reports@sender.example',
    ]);
  });

  it('shows nothing of the private keys, in answers or logs (X16)', async () => {
    const domain = await add();
    const stored = await api.domains.find('prj_default' as never, domain.id as never);
    const texts = [
      JSON.stringify(domain),
      await (await api.request('GET', '/v1/domains')).text(),
      await (await api.request('POST', `/v1/domains/${domain.id}/verify`)).text(),
      ...api.logged,
    ].join('\n');
    expect(stored?.keys).toHaveLength(2);
    for (const key of stored?.keys ?? []) {
      expect(texts).not.toContain(Buffer.from(key.sealedPrivateKey).toString('base64').slice(0, 24));
    }
    expect(texts).not.toMatch(/private|sealed/i);
  });

  it('makes an A-label of an international name (I09)', async () => {
    expect((await add('Bücher.example')).name).toBe('xn--bcher-kva.example');
    const again = await api.request('POST', '/v1/domains', { name: 'xn--bcher-kva.EXAMPLE' });
    expect([again.status, (await again.json()).code]).toEqual([409, 'domain_exists']);
  });

  it('refuses one that the project has, and lets another project add it with keys of its own', async () => {
    const first = await add();
    expect((await api.request('POST', '/v1/domains', { name: 'Sender.Example' })).status).toBe(409);
    const second = await add('sender.example', asOther);
    expect(second.records[0]?.name).not.toBe(first.records[0]?.name);
    expect(second.records[0]?.value).not.toBe(first.records[0]?.value);
  });

  it('adds a name once, however many ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('x.example')));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409]);
  });

  it.each([
    ['/name', { name: 'localhost' }],
    ['/name', { name: '192.0.2.1' }],
    ['/name', { name: '[192.0.2.1]' }],
    ['/name', { name: 'sender.example.' }],
    ['/name', { name: 'a b.example' }],
    ['/name', { name: '*.example.com' }],
    ['/name', { name: 'user@sender.example' }],
    ['/name', { name: `${'a'.repeat(64)}.example` }],
    ['/name', { name: '' }],
    ['/name', { name: 7 }],
    ['/name', {}],
    ['/nam', { name: 'sender.example', nam: 1 }],
    ['/status', { name: 'sender.example', status: 'verified' }],
  ])('refuses %s of %j', async (pointer, body) => {
    const answer = await api.request('POST', '/v1/domains', body);
    const { code, errors } = await answer.json();
    expect([answer.status, code, errors[0]?.pointer]).toEqual([422, 'validation_error', pointer]);
    expect(await api.domains.list('prj_default' as never)).toEqual([]);
  });

  it('reads no body larger than a request for a domain is', async () => {
    expect((await ask('x'.repeat(70_000))).status).toBe(413);
    const large = { unverified_senders: 'x'.repeat(70_000) };
    expect((await api.request('PATCH', '/v1/project', large)).status).toBe(413);
  });

  it('refuses more than a project may have, and other projects have room', async () => {
    const some = Array.from({ length: limits.domainsPerProject - 1 }, (_, index) => domainOf(`d${index}.example`));
    await Promise.all(some.map((domain) => api.domains.add(domain)));
    const names = ['x.example', 'y.example', 'z.example'];
    const answers = await Promise.all(names.map(ask));
    expect(answers.map(({ status }) => status)).toEqual([201, 409, 409]);
    expect((await answers[2]?.json())?.code).toBe('too_many_domains');
    expect((await ask('d0.example')).status).toBe(409);
    await add('x.example', asOther);
  });
});

describe('a domain', () => {
  it('is verified once its required record is seen, whatever the others are', async () => {
    const domain = await add();
    const before = await viewOf(await api.request('POST', `/v1/domains/${domain.id}/verify`));
    expect(before).toMatchObject({ status: 'pending', checked_at: expect.any(String), verified_at: null });
    expect(new Set(before.records.map(({ status }) => status))).toEqual(new Set(['missing']));
    const [rsa] = domain.records;
    resolver.set(rsa?.name ?? '', { txt: [rsa?.value ?? ''] });
    const answer = await api.request('POST', `/v1/domains/${domain.id}/verify`);
    expect(answer.status).toBe(200);
    const after = await viewOf(answer);
    expect(after).toMatchObject({ status: 'verified', verified_at: expect.any(String) });
    expect(after.records.map(({ status }) => status)).toEqual(['verified', 'missing', 'missing', 'missing', 'missing']);
    expect(await viewOf(await api.request('GET', `/v1/domains/${domain.id}`))).toEqual(after);
    expect(api.logged.filter((line) => line.includes('domain_checked'))).toHaveLength(2);
  });

  it("is not verified by another project's records", async () => {
    publish(await add('sender.example', asOther));
    const mine = await add();
    expect((await viewOf(await api.request('POST', `/v1/domains/${mine.id}/verify`))).status).toBe('pending');
  });

  it('is listed by name with the others of its project', async () => {
    await add('b.example');
    await add('a.example');
    await add('c.example', asOther);
    const list = (await (await api.request('GET', '/v1/domains')).json()) as unknown as {
      object: string;
      has_more: boolean;
      data: DomainView[];
    };
    expect([list.object, list.has_more, list.data.map(({ name }) => name)]).toEqual([
      'list',
      false,
      ['a.example', 'b.example'],
    ]);
  });

  it('is removed with its keys, once', async () => {
    const domain = await add();
    const answer = await api.request('DELETE', `/v1/domains/${domain.id}`);
    expect([answer.status, await answer.json()]).toEqual([200, { id: domain.id, object: 'domain', deleted: true }]);
    expect((await api.request('DELETE', `/v1/domains/${domain.id}`)).status).toBe(404);
    expect((await api.request('GET', `/v1/domains/${domain.id}`)).status).toBe(404);
    await add();
  });

  it('of another project is like one that is not there (X04)', async () => {
    const { id } = await add('theirs.example', asOther);
    for (const [method, tail] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/verify'],
    ] as const) {
      const bodies = await Promise.all(
        [id, id.replace(/.$/, '0'), 'dom_x', 'em_x', '%00'].map(async (one) => {
          const answer = await api.request(method, `/v1/domains/${one}${tail}`);
          const body = (await answer.json()) as Partial<{ request_id: string }>;
          delete body.request_id;
          return JSON.stringify([answer.status, body]);
        }),
      );
      expect(new Set(bodies).size).toBe(1);
      expect(bodies[0]).toContain('404');
    }
    expect((await api.request('GET', `/v1/domains/${id}`, undefined, asOther)).status).toBe(200);
  });

  it('takes no other method, and no key without its scope', async () => {
    expect((await api.request('PUT', '/v1/domains')).headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
    expect((await api.request('PATCH', '/v1/domains/dom_1')).headers.get('allow')).toBe('GET, HEAD, DELETE, OPTIONS');
    expect((await api.request('GET', '/v1/domains/dom_1/verify')).status).toBe(405);
  });
});
