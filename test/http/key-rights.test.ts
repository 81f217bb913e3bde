import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

const email = { from: 'a@one.example', to: 'b@two.example', subject: 'Hello', text: 'Hello' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function keyWith(rights: Record<string, unknown>): Promise<Record<string, string>> {
  const response = await api.request('POST', '/v1/api_keys', { name: 'A key', ...rights });
  expect(response.status).toBe(201);
  const { key } = (await response.json()) as unknown as { key: string };
  return { authorization: `Bearer ${key}` };
}

async function sent(key: Record<string, string>, changes: Record<string, unknown> = {}): Promise<unknown[]> {
  const before = api.drafts.length;
  const response = await api.request('POST', '/v1/emails', { ...email, ...changes }, key);
  const { code, detail } = await response.json();
  expect(api.drafts.length - before).toBe(response.status === 202 ? 1 : 0);
  return response.status === 202 ? [202] : [response.status, code, detail];
}

describe('a key with sender domains', () => {
  it('sends from these domains, each whole and in whatever form, and from no other', async () => {
    const key = await keyWith({ sender_domains: ['one.example', 'bücher.example'] });
    for (const from of ['a@ONE.example', 'Shop <a@Bücher.example>', { email: 'a@xn--bcher-kva.example' }]) {
      expect(await sent(key, { from })).toEqual([202]);
    }
    for (const domain of ['two.example', 'sub.one.example', 'one.example.two.example', 'none.example']) {
      expect(await sent(key, { from: `a@${domain}` })).toEqual([
        403,
        'sender_not_allowed',
        `This API key may not send from ${domain}.`,
      ]);
    }
  });
});

describe('a key with recipients', () => {
  it('sends to these domains and addresses, and to no other, in whatever field', async () => {
    const key = await keyWith({ recipients: ['two.example', 'ada@three.example'] });
    expect(await sent(key, { to: ['x@Two.example', 'Ada+tag@three.example'], cc: 'ADA@THREE.example' })).toEqual([202]);
    const refused: [Record<string, unknown>, string][] = [
      [{ to: 'b@sub.two.example' }, 'b@sub.two.example'],
      [{ to: ['b@two.example', 'bob@three.example'] }, 'bob@three.example'],
      [{ cc: 'eve@four.example' }, 'eve@four.example'],
      [{ bcc: ['b@two.example', 'eve@four.example'] }, 'eve@four.example'],
    ];
    for (const [changes, address] of refused) {
      expect(await sent(key, changes)).toEqual([
        403,
        'recipient_not_allowed',
        `This API key may not send to ${address}.`,
      ]);
    }
  });
});

describe('a test key', () => {
  it('makes a test of every email, which a live key does not', async () => {
    const [live, test] = [await keyWith({}), await keyWith({ mode: 'test' })];
    await sent(live);
    await sent(test);
    expect(api.drafts.slice(-2).map((draft) => draft.test)).toEqual([false, true]);
  });

  it('has Idempotency-Keys of its own: what it simulated never stands for what a live key sends', async () => {
    const [live, test] = [await keyWith({}), await keyWith({ mode: 'test' })];
    const answers = [];
    for (const key of [test, live, test, live]) {
      answers.push(await api.request('POST', '/v1/emails', email, { ...key, 'idempotency-key': 'order-1' }));
    }
    expect(answers.map((answer) => answer.headers.get('idempotent-replayed'))).toEqual([null, null, 'true', 'true']);
  });
});
