import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const good = { from: 'a@one.example', to: 'b@two.example', subject: 'Hello', text: 'Hello' };
const envelope = { from: 'a@one.example', to: ['b@two.example'] };
const mime = 'From: a@one.example\r\nTo: b@two.example\r\n\r\nHello\r\n';

const raw = (changes: object) => ({ mime, envelope, ...changes });
const asOther = mime.replace('a@one.example', 'a@evil.example');

const cases: [name: string, path: string, body: object, code: string][] = [
  ['a single email from elsewhere', '/v1/emails', { ...good, from: 'a@evil.example' }, 'sender_not_allowed'],
  ['a validation', '/v1/emails/validate', { ...good, from: 'a@evil.example' }, 'sender_not_allowed'],
  ['a batch', '/v1/emails/batch', { emails: [good, { ...good, from: 'a@evil.example' }] }, 'sender_not_allowed'],
  ['a raw From', '/v1/emails/raw', raw({ mime: asOther }), 'sender_not_allowed'],
  [
    'a raw MAIL FROM',
    '/v1/emails/raw',
    raw({ envelope: { ...envelope, from: 'a@evil.example' } }),
    'sender_not_allowed',
  ],
  ['a raw Sender', '/v1/emails/raw', raw({ mime: `Sender: a@evil.example\r\n${mime}` }), 'sender_not_allowed'],
  [
    'a raw Resent-From',
    '/v1/emails/raw',
    raw({ mime: `Resent-From: a@evil.example\r\n${mime}` }),
    'sender_not_allowed',
  ],
  [
    'a raw recipient',
    '/v1/emails/raw',
    raw({ envelope: { ...envelope, to: 'x@evil.example' } }),
    'recipient_not_allowed',
  ],
  ['a hidden recipient', '/v1/emails/batch', { emails: [{ ...good, bcc: 'x@evil.example' }] }, 'recipient_not_allowed'],
];

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function keyWith(rights: Record<string, unknown>): Promise<Record<string, string>> {
  const response = await api.request('POST', '/v1/api_keys', { name: 'A key', ...rights });
  return { authorization: `Bearer ${((await response.json()) as unknown as { key: string }).key}` };
}

async function listed(): Promise<unknown[]> {
  return ((await (await api.request('GET', '/v1/emails')).json()) as unknown as { data: unknown[] }).data;
}

describe('what a key may send', () => {
  it.each(cases)('holds for %s, and nothing is stored (X01)', async (_, path, body, code) => {
    const key = await keyWith({ sender_domains: ['one.example'], recipients: ['two.example'] });
    const before = await listed();
    const response = await api.request('POST', path, body, key);
    expect([response.status, (await response.json()).code]).toEqual([403, code]);
    expect(await listed()).toEqual(before);
  });

  it('is told email by email in a partial batch', async () => {
    const key = await keyWith({ sender_domains: ['one.example'] });
    const emails = [{ ...good, from: 'a@evil.example' }, good];
    const response = await api.request('POST', '/v1/emails/batch', { mode: 'partial', emails }, key);
    expect([response.status, await response.json()]).toEqual([
      202,
      {
        data: [
          { index: 0, error: { code: 'sender_not_allowed', detail: 'This API key may not send from evil.example.' } },
          { index: 1, id: expect.stringMatching(/^em_/) },
        ],
      },
    ]);
  });

  it('keeps idempotency keys of a test key apart in batches too', async () => {
    const test = await keyWith({ mode: 'test' });
    const emails = [{ ...good, idempotency_key: 'order-1' }];
    const ids = [];
    for (const key of [test, {}, test, {}]) {
      const response = await api.request('POST', '/v1/emails/batch', { emails }, key);
      ids.push(((await response.json()) as unknown as { data: { id: string }[] }).data[0]?.id);
    }
    expect([ids[2], ids[3], ids[0] === ids[1]]).toEqual([ids[0], ids[1], false]);
  });

  it('makes a test of a raw message under a test key', async () => {
    const test = await keyWith({ mode: 'test' });
    const { id } = await (await api.request('POST', '/v1/emails/raw', { mime, envelope }, test)).json();
    const principal = await api.ports.keys.authenticate(api.key);
    const found = principal && (await api.ports.find(principal.projectId, id as never));
    expect(found?.email.test).toBe(true);
  });
});

describe('what a project may send', () => {
  it.each(cases.filter(([, , , code]) => code === 'sender_not_allowed'))(
    "holds for %s from another project's domain, and nothing is stored (X01)",
    async (_, path, body) => {
      const guarded = await startApi({
        checkSender: async (_project, domain) => (domain === 'evil.example' ? 'refused_as_foreign' : 'unverified'),
      });
      const response = await guarded.request('POST', path, body);
      expect([response.status, (await response.json()).code]).toEqual([403, 'sender_not_allowed']);
      const page = await guarded.request('GET', '/v1/emails');
      expect(await page.json()).toMatchObject({ data: [] });
      await guarded.dispose();
    },
  );

  it('is warned of by every way of sending when nobody has verified the domain', async () => {
    const sent: [path: string, body: object][] = [
      ['/v1/emails', good],
      ['/v1/emails/validate', good],
      ['/v1/emails/batch', { emails: [good] }],
      ['/v1/emails/raw', raw({})],
    ];
    for (const [path, body] of sent) {
      const response = await api.request('POST', path, body);
      expect(response.headers.get('postern-warning')).toBe('sender_domain_unverified');
    }
  });
});
