import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { scopes } from '../../functions/core/keys/scopes.ts';
import { type Api, otherKey, startApi } from './api.ts';

type Key = {
  id: string;
  key: string;
  name: string;
  project: string;
  scopes: string[];
  mode: string;
  sender_domains: string[] | null;
  recipients: string[] | null;
  rate_limit: { limit: number; window_seconds: number } | null;
};

const smallest = { from: 'a@one.example', to: 'b@two.example', subject: 'Hello', text: 'Hello' };
const standardRate = { limit: 6_000, window_seconds: 60 };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

function as(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

async function make(body: Record<string, unknown>, creator = api.key): Promise<Key> {
  const response = await api.request('POST', '/v1/api_keys', { name: 'A key', ...body }, as(creator));
  expect(response.status).toBe(201);
  return (await response.json()) as unknown as Key;
}

async function refused(
  body: unknown,
  creator = api.key,
): Promise<readonly [number, string, string, string | undefined]> {
  const response = await api.request('POST', '/v1/api_keys', body, as(creator));
  const { code, detail, errors } = await response.json();
  return [response.status, code, detail, errors?.[0]?.pointer];
}

describe('POST /v1/api_keys', () => {
  it('answers 201 with the key, which works at once and has what its maker has', async () => {
    const response = await api.request('POST', '/v1/api_keys', { name: 'Shop backend' });
    expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const body = (await response.json()) as unknown as Key;
    expect(body).toEqual({
      id: expect.stringMatching(/^key_[0-9a-z]{36}$/),
      object: 'api_key',
      key: expect.stringMatching(/^pk_[0-9a-z]{36}_[0-9a-f]{40}$/),
      name: 'Shop backend',
      project: 'default',
      scopes: [...scopes],
      mode: 'live',
      sender_domains: null,
      recipients: null,
      rate_limit: standardRate,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect((await api.request('POST', '/v1/emails', smallest, as(body.key))).status).toBe(202);
  });

  it('gives what was asked for, domains as A-labels, addresses in the form they are compared in, each once', async () => {
    const made = await make({
      scopes: ['emails:read', 'emails:send', 'emails:read'],
      sender_domains: ['Bücher.example', 'xn--bcher-kva.example', 'ONE.example'],
      recipients: ['Two.Example', 'Ada+news@Three.example'],
      mode: 'test',
      rate_limit: { limit: 5, window_seconds: 1 },
      project: 'shop-1',
    });
    expect(made).toMatchObject({
      scopes: ['emails:send', 'emails:read'],
      sender_domains: ['xn--bcher-kva.example', 'one.example'],
      recipients: ['two.example', 'ada@three.example'],
      mode: 'test',
      rate_limit: { limit: 5, window_seconds: 1 },
      project: 'shop-1',
    });
  });

  it.each([
    [{}, '/name'],
    [{ name: '' }, '/name'],
    [{ name: 'x'.repeat(101) }, '/name'],
    [{ name: 'a\nb' }, '/name'],
    [{ name: 'k', scopes: [] }, '/scopes'],
    [{ name: 'k', scopes: ['admin'] }, '/scopes/0'],
    [{ name: 'k', sender_domains: [] }, '/sender_domains'],
    [{ name: 'k', sender_domains: ['one.example', 'a@one.example'] }, '/sender_domains/1'],
    [{ name: 'k', sender_domains: ['*.example'] }, '/sender_domains/0'],
    [{ name: 'k', recipients: ['a@b@c.example'] }, '/recipients/0'],
    [{ name: 'k', recipients: ['localhost'] }, '/recipients/0'],
    [{ name: 'k', recipients: Array.from({ length: 101 }, (_, index) => `d${index}.example`) }, '/recipients'],
    [{ name: 'k', mode: 'sandbox' }, '/mode'],
    [{ name: 'k', rate_limit: { limit: 0, window_seconds: 1 } }, '/rate_limit/limit'],
    [{ name: 'k', rate_limit: { limit: 1.5, window_seconds: 1 } }, '/rate_limit/limit'],
    [{ name: 'k', rate_limit: { limit: 1, window_seconds: 86_401 } }, '/rate_limit/window_seconds'],
    [{ name: 'k', rate_limit: { limit: 1 } }, '/rate_limit/window_seconds'],
    [{ name: 'k', project: 'prj/other' }, '/project'],
    [{ name: 'k', project: '' }, '/project'],
    [{ name: 'k', project: 'Shop' }, '/project'],
    [{ name: 'k', project: 'x'.repeat(64) }, '/project'],
    [{ name: 'k', scope: ['keys'] }, '/scope'],
  ])('refuses %j with its pointer, and makes nothing', async (body, pointer) => {
    const before = await listed();
    expect((await refused(body)).filter((_, index) => index !== 2)).toEqual([422, 'validation_error', pointer]);
    expect(await listed()).toEqual(before);
  });

  it('takes or refuses any body with a reason, and never ends in an error of ours', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('one.example', 'keys', 'test'));
    const strange = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }));
    const fields = fc.record(
      {
        name: strange,
        scopes: fc.oneof(strange, fc.subarray([...scopes])),
        sender_domains: strange,
        recipients: strange,
        mode: strange,
        rate_limit: fc.oneof(strange, fc.record({ limit: fc.anything(), window_seconds: fc.integer() })),
        project: strange,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fields, async (body) => {
        const { status } = await api.request('POST', '/v1/api_keys', JSON.stringify({ name: 'k', ...body }));
        expect([201, 400, 422]).toContain(status);
      }),
      { numRuns: 300 },
    );
    expect(api.logged.filter((line) => !line.includes('sender_domain_unverified'))).toEqual([]);
  });

  it('reads no body larger than a request for a key is', async () => {
    expect((await refused({ name: 'k', recipients: ['x'.repeat(70_000)] }))[0]).toBe(413);
  });

  it('takes no more keys than a project may have', async () => {
    const full = await startApi({ keys: { list: async () => Array.from({ length: 1_000 }, () => ({}) as never) } });
    const response = await full.request('POST', '/v1/api_keys', { name: 'k' });
    expect([response.status, (await response.json()).code]).toEqual([409, 'too_many_keys']);
    await full.dispose();
  });
});

describe('a key that makes another', () => {
  it('gives on its own rights and no more', async () => {
    const own = {
      scopes: ['emails:send', 'keys'],
      sender_domains: ['one.example', 'two.example'],
      recipients: ['three.example', 'ada@four.example'],
      rate_limit: { limit: 60, window_seconds: 60 },
    };
    const { key } = await make(own);
    expect(await make({}, key)).toMatchObject(own);
    expect(
      await make({ scopes: ['emails:send'], sender_domains: ['one.example'], recipients: ['bob@three.example'] }, key),
    ).toMatchObject({ scopes: ['emails:send'], sender_domains: ['one.example'], recipients: ['bob@three.example'] });
    const tooMuch: [Record<string, unknown>, string][] = [
      [{ scopes: ['emails:send', 'emails:read'] }, 'emails:read'],
      [{ sender_domains: ['one.example', 'sub.one.example'] }, 'sub.one.example'],
      [{ recipients: ['four.example'] }, 'four.example'],
      [{ recipients: ['eve@four.example'] }, 'eve@four.example'],
      [{ rate_limit: { limit: 61, window_seconds: 600 } }, '60 requests in 60 seconds'],
      [{ rate_limit: { limit: 60, window_seconds: 59 } }, '60 requests in 60 seconds'],
    ];
    for (const [body, named] of tooMuch) {
      const [status, code, detail] = await refused({ name: 'k', ...body }, key);
      expect([status, code]).toEqual([403, 'insufficient_scope']);
      expect(detail).toContain(named);
    }
  });

  it('makes only test keys when it is one', async () => {
    const { key } = await make({ mode: 'test' });
    expect((await make({}, key)).mode).toBe('test');
    expect(await refused({ name: 'k', mode: 'live' }, key)).toEqual([
      403,
      'insufficient_scope',
      'A test key makes only test keys.',
      undefined,
    ]);
  });

  it('stays in its project, unless it is the bootstrap key', async () => {
    const { key, project } = await make({ project: 'shop' });
    expect(project).toBe('shop');
    expect((await make({ project: 'shop' }, key)).project).toBe('shop');
    for (const foreign of ['default', 'shop2']) {
      const [status, code, detail] = await refused({ name: 'k', project: foreign }, key);
      expect([status, code, detail.includes('"shop"')]).toEqual([403, 'insufficient_scope', true]);
    }
    const inDefault = await make({});
    expect((await refused({ name: 'k', project: 'shop' }, inDefault.key))[0]).toBe(403);
  });
});

describe('the list of keys', () => {
  it('holds those of the project, the bootstrap key included, and none of the keys themselves', async () => {
    const made = await make({ name: 'Listed' });
    const body = await listed();
    expect(body).toMatchObject({ object: 'list', has_more: false });
    const { key: _key, ...shown } = made;
    expect(body.data[0]).toEqual(shown);
    expect(body.data.at(-1)).toMatchObject({ id: 'bootstrap', project: 'default', rate_limit: null });
    expect(body.data.some((item) => 'key' in item || 'digest' in item)).toBe(false);
    const { key, ...foreign } = await make({ project: 'listing' });
    expect((await listed(key)).data).toEqual([foreign]);
  });
});

describe('one key', () => {
  it('is shown without the key itself', async () => {
    const { key: _key, ...shown } = await make({ name: 'One' });
    const response = await api.request('GET', `/v1/api_keys/${shown.id}`);
    expect([response.status, await response.json()]).toEqual([200, shown]);
    expect((await api.request('GET', '/v1/api_keys/bootstrap')).status).toBe(200);
  });

  it('no longer works once it is revoked', async () => {
    const { id, key } = await make({});
    const revoked = await api.request('DELETE', `/v1/api_keys/${id}`);
    expect([revoked.status, await revoked.json()]).toEqual([200, { id, object: 'api_key', deleted: true }]);
    expect((await api.request('POST', '/v1/emails', smallest, as(key))).status).toBe(401);
    expect((await api.request('DELETE', `/v1/api_keys/${id}`)).status).toBe(404);
  });

  it('stays when it is the bootstrap key', async () => {
    const response = await api.request('DELETE', '/v1/api_keys/bootstrap');
    expect([response.status, (await response.json()).code]).toEqual([409, 'key_not_revocable']);
    expect((await api.request('GET', '/v1/api_keys')).status).toBe(200);
  });

  it.each(['GET', 'DELETE'])(
    'of another project answers %s like an unknown one and a malformed one (X04), and stays',
    async (method) => {
      const { id, key } = await make({});
      const paths = [id, 'bootstrap', `key_${'0'.repeat(36)}`, 'key_1', '%00', id.toUpperCase()];
      const answers = await Promise.all(
        paths.map((path) => api.request(method, `/v1/api_keys/${path}`, undefined, as(otherKey))),
      );
      const bodies = await Promise.all(
        answers.map(async (answer) => ({ ...(await answer.json()), request_id: 'req', answered: answer.status })),
      );
      expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
      expect(bodies[0]).toMatchObject({ answered: 404, code: 'not_found' });
      expect((await api.request('GET', '/v1/emails/em_1', undefined, as(key))).status).toBe(404);
    },
  );
});

async function listed(key = api.key): Promise<{ object: string; data: Record<string, unknown>[]; has_more: boolean }> {
  const response = await api.request('GET', '/v1/api_keys', undefined, as(key));
  return (await response.json()) as unknown as { object: string; data: Record<string, unknown>[]; has_more: boolean };
}
