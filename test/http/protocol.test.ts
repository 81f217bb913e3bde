import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const smallest = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

describe('a key', () => {
  it.each([
    ['absent', {}],
    ['of another scheme', { authorization: 'Basic Zm9vOmJhcg==' }],
    ['empty', { authorization: 'Bearer ' }],
    ['unknown', { authorization: 'Bearer nobody-has-this-key-0123456789' }],
    ['endless', { authorization: `Bearer ${'x'.repeat(10_000)}` }],
  ])('that is %s gets 401 and the way to authenticate', async (_, headers) => {
    const response = await api.request('GET', '/v1/emails/em_1', undefined, { authorization: '', ...headers });
    const body = await response.json();
    expect([response.status, response.headers.get('www-authenticate'), body.code]).toEqual([
      401,
      'Bearer realm="postern"',
      'unauthorized',
    ]);
  });

  it('is taken whatever the case of the scheme', async () => {
    const response = await api.request('GET', '/v1/emails/em_1', undefined, { authorization: `bearer ${api.key}` });
    expect(response.status).toBe(404);
  });

  it.each(['api_key', 'key', 'access_token', 'token', 'API_KEY'])(
    'in the URL as %s is refused, even beside a good header',
    async (name) => {
      const response = await api.request('GET', `/v1/emails/em_1?${name}=${api.key}`);
      const text = await response.text();
      expect(response.status).toBe(401);
      expect(text).toContain('in the URL');
      expect(text).not.toContain(api.key);
    },
  );

  it('never stands in an answer or a log line', async () => {
    const broken = await startApi({
      find: () => Promise.reject(new Error('connection lost')),
    });
    const answers = await Promise.all([
      broken.request('GET', `/v1/emails/em_${'0'.repeat(36)}`),
      broken.request('POST', '/v1/emails', { ...smallest, [broken.key.slice(0, 10)]: 1 }),
      broken.request('GET', `/${broken.key}`),
    ]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect([...texts, ...broken.logged].join('\n')).not.toContain(broken.key);
    await broken.dispose();
  });
});

describe('an address', () => {
  it.each(['/', '/v1', '/v1/nothing', '/v1/emails/em_1/nothing', '/V1/emails'])(
    '%s that is no route gets 404',
    async (path) => {
      const response = await api.request('GET', path);
      expect([response.status, (await response.json()).code]).toEqual([404, 'not_found']);
    },
  );

  it.each([
    ['DELETE', '/v1/emails', 'POST, GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/emails/em_1', 'GET, HEAD, PATCH, OPTIONS'],
    ['GET', '/v1/emails/em_1/cancel', 'POST, OPTIONS'],
    ['POST', '/v1/health', 'GET, HEAD, OPTIONS'],
    // Written out in full, and of the form of an id.
    ['GET', '/v1/emails/batch', 'POST, OPTIONS'],
    ['GET', '/v1/emails/raw', 'POST, OPTIONS'],
    ['HEAD', '/v1/emails/raw', 'POST, OPTIONS'],
    ['PATCH', '/v1/emails/raw', 'POST, OPTIONS'],
    ['GET', '/v1/emails/validate', 'POST, OPTIONS'],
    ['GET', '/v1/emails/%76alidate', 'POST, OPTIONS'],
    ['DELETE', '/v1/suppressions/batch', 'POST, OPTIONS'],
  ])('that does not take %s %s says what it takes', async (method, path, allow) => {
    const response = await api.request(method, path);
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    const text = await response.text();
    expect(method === 'HEAD' ? text : (JSON.parse(text) as { code: string }).code).toBe(
      method === 'HEAD' ? '' : 'method_not_allowed',
    );
  });

  it.each([
    ['/v1/emails', 'POST, GET, HEAD, OPTIONS'],
    ['/v1/emails/batch', 'POST, OPTIONS'],
    ['/v1/suppressions/ada@example.com', 'GET, HEAD, DELETE, OPTIONS'],
    ['/v1/health', 'GET, HEAD, OPTIONS'],
    ['/openapi.json', 'GET, HEAD, OPTIONS'],
    ['/docs', 'GET, HEAD, OPTIONS'],
  ])('answers OPTIONS with what it takes: %s', async (path, allow) => {
    const response = await api.request('OPTIONS', path);
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([204, allow, '']);
  });

  it('that is none is none for OPTIONS too, and without a key says nothing', async () => {
    expect((await api.request('OPTIONS', '/v1/nothing')).status).toBe(404);
    expect((await api.request('OPTIONS', '/v1/emails', undefined, { authorization: '' })).status).toBe(401);
    expect((await api.request('GET', '/v1/emails/batch', undefined, { authorization: '' })).status).toBe(401);
  });

  it('answers HEAD as GET, without a body', async () => {
    const { id } = await (await api.request('POST', '/v1/emails', smallest)).json();
    for (const path of ['/v1/emails', `/v1/emails/${id}`, `/v1/emails/${id}/raw`, '/v1/health', '/openapi.json']) {
      const [get, head] = [await api.request('GET', path), await api.request('HEAD', path)];
      expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
        200,
        get.headers.get('content-type'),
        '',
      ]);
    }
    expect((await api.request('HEAD', '/v1/emails/em_1')).status).toBe(404);
  });
});

describe('GET /v1/health', () => {
  it('needs no key', async () => {
    const response = await api.request('GET', '/v1/health', undefined, { authorization: '' });
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', route: 'sandbox' }]);
  });

  it('answers 503 when the process cannot do its work', async () => {
    const sick = await startApi({ health: () => ({ ready: false, route: 'mx' }) });
    const response = await sick.request('GET', '/v1/health');
    expect([response.status, (await response.json()).code]).toEqual([503, 'unavailable']);
    await sick.dispose();
  });
});

describe('an error', () => {
  it('is a problem with exactly the documented members', async () => {
    const refused = await api.request('POST', '/v1/emails', { ...smallest, subject: 4 });
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toEqual({
      type: '/problems/validation_error',
      title: 'The request is not valid',
      status: 422,
      code: 'validation_error',
      detail: '/subject: Expected a string.',
      request_id: refused.headers.get('request-id'),
      retryable: false,
      errors: [{ pointer: '/subject', code: 'invalid_type', detail: 'Expected a string.' }],
    });
    const absent = await (await api.request('GET', '/v1/emails/em_1')).json();
    expect(Object.keys(absent)).toEqual(['type', 'title', 'status', 'code', 'detail', 'request_id', 'retryable']);
  });

  it.each(['find', 'keys', 'idempotency'] as const)(
    'of a store (%s) is 503 with Retry-After, and says nothing of it',
    async (part) => {
      const fail = (): Promise<never> => Promise.reject(new Error('password=hunter2'));
      const broken = await startApi(
        part === 'find'
          ? { find: fail }
          : part === 'keys'
            ? { keys: { authenticate: fail } }
            : { idempotency: { begin: fail, release: async () => undefined, purge: async () => 0 } },
      );
      const response =
        part === 'idempotency'
          ? await broken.request('POST', '/v1/emails', smallest, { 'idempotency-key': 'k' })
          : await broken.request('GET', `/v1/emails/em_${'0'.repeat(36)}`);
      const text = await response.text();
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      expect(text).not.toContain('hunter2');
      expect(broken.logged.join()).toContain('hunter2');
      await broken.dispose();
    },
  );

  it('of our own is 500 with the request id that the log has, and no more', async () => {
    const broken = await startApi({
      accept: () => Promise.reject(new TypeError('undefined is not a function')),
    });
    const response = await broken.request('POST', '/v1/emails', smallest);
    const body = await response.json();
    expect([response.status, body.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(body)).not.toContain('undefined');
    expect(broken.logged.join()).toContain(body.request_id);
    await broken.dispose();
  });
});
