import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from '../api.ts';

const smallest = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.dispose());

describe('a parameter that an operation does not have', () => {
  it.each<[string, string, object | undefined, string]>([
    ['POST', '/v1/emails?test=true', smallest, '"test" is not a known parameter; did you mean "test" in the body?'],
    ['POST', '/v1/emails?tests=true', smallest, '"tests" is not a known parameter; did you mean "test" in the body?'],
    [
      'POST',
      '/v1/emails/batch?moda=x',
      { emails: [smallest] },
      '"moda" is not a known parameter; did you mean "mode" in the body?',
    ],
    ['POST', '/v1/emails/validate?quite=else', smallest, '"quite" is not a known parameter; this request takes none.'],
    ['GET', '/v1/emails?limits=2', undefined, '"limits" is not a known field; did you mean "limit"?'],
    ['HEAD', '/v1/emails/em_1?expand=x', undefined, ''],
    ['GET', '/v1/emails/em_1?expand=x', undefined, '"expand" is not a known parameter; this request takes none.'],
    ['GET', '/v1/emails/em_1/events?limit=2', undefined, '"limit" is not a known parameter; this request takes none.'],
    ['GET', '/v1/emails/em_1/raw?download', undefined, '"download" is not a known parameter; this request takes none.'],
    ['POST', '/v1/emails/em_1/cancel?at=1', undefined, '"at" is not a known parameter; this request takes none.'],
    [
      'PATCH',
      '/v1/emails/em_1?scheduled_at=x',
      {},
      '"scheduled_at" is not a known parameter; did you mean "scheduled_at" in the body?',
    ],
    ['GET', '/v1/api_keys?limit=2', undefined, '"limit" is not a known parameter; this request takes none.'],
    [
      'DELETE',
      '/v1/api_keys/key_1?really=yes',
      undefined,
      '"really" is not a known parameter; this request takes none.',
    ],
    ['GET', '/v1/domains?name=x', undefined, '"name" is not a known parameter; this request takes none.'],
    ['POST', '/v1/domains/dom_1/verify?x', undefined, '"x" is not a known parameter; this request takes none.'],
    ['GET', '/v1/project?x', undefined, '"x" is not a known parameter; this request takes none.'],
    ['GET', '/v1/suppressions?emial=x', undefined, '"emial" is not a known field; known are limit, after.'],
    [
      'DELETE',
      '/v1/suppressions/a@one.example?x=',
      undefined,
      '"x" is not a known parameter; this request takes none.',
    ],
  ])('is refused: %s %s', async (method, path, body, detail) => {
    const response = await api.request(method, path, body);
    expect(response.status).toBe(422);
    if (method === 'HEAD') return;
    const { code, errors } = await response.json();
    expect([code, errors[0]?.code, errors[0]?.detail]).toEqual(['validation_error', 'unknown_key', detail]);
    const [name = ''] = new URL(path, 'http://x').searchParams.keys();
    expect(errors[0]?.pointer).toBe(`/${name}`);
  });

  it('is named once, with all the others, and nothing is sent', async () => {
    const before = api.drafts.length;
    const response = await api.request('POST', '/v1/emails?a/b=1&to=x&to=y&__proto__=1', smallest);
    expect((await response.json()).errors.map(({ pointer }) => pointer)).toEqual(['/a~1b', '/to', '/__proto__']);
    expect(api.drafts).toHaveLength(before);
  });

  it('does not hide that the key is missing, or that it stands in the address', async () => {
    expect((await api.request('POST', '/v1/emails?x=1', smallest, { authorization: '' })).status).toBe(401);
    expect((await api.request('POST', '/v1/emails?x=1&api_key=k', smallest)).status).toBe(401);
  });

  it.each(['/v1/health?now=1', '/openapi.json?v=2', '/docs?from=readme', '/v1/emails?', '/v1/domains?'])(
    'does no harm where it can mean nothing: %s',
    async (path) => {
      expect((await api.request('GET', path)).status).toBe(200);
    },
  );

  it('does not hide that there is nothing at the address, or nothing for the method', async () => {
    expect((await api.request('GET', '/v1/nothing?x=1')).status).toBe(404);
    expect((await api.request('PUT', '/v1/emails?x=1')).status).toBe(405);
  });
});
