import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bounceRules } from '../../functions/bounce/bounce-rules.ts';
import { type Api, startApi } from './api.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

describe('GET /v1/bounce_rules', () => {
  it('has every rule in the order of decision', async () => {
    const answer = await api.request('GET', '/v1/bounce_rules');
    const data = bounceRules().map((rule) => ({ object: 'bounce_rule', ...rule }));
    expect([answer.status, await answer.json()]).toEqual([200, { object: 'list', data }]);
    expect(data.length).toBeGreaterThan(100);
  });

  it('needs a key, and no scope of it', async () => {
    const made = await api.request('POST', '/v1/api_keys', { name: 'A receiver', scopes: ['inbound'] });
    const { key } = (await made.json()) as unknown as { key: string };
    const status = async (authorization: string) =>
      (await api.request('GET', '/v1/bounce_rules', undefined, { authorization })).status;
    expect([await status(`Bearer ${key}`), await status('')]).toEqual([200, 401]);
  });
});

describe('GET /v1/bounce_rules/:id', () => {
  it('knows each rule that a recipient can end by, the suppression list too', async () => {
    await api.request('POST', '/v1/suppressions', { email: 'bob@one.example' });
    const email = { from: 'a@sender.example', to: 'bob@one.example', subject: 'Hello', text: 'Hello' };
    const { id } = await (await api.request('POST', '/v1/emails', email)).json();
    const sent = await (await api.request('GET', `/v1/emails/${id}`)).json();
    const { recipients } = sent as unknown as { recipients: { bounce: { rule: string; category: string } }[] };
    const { rule, category } = recipients[0]?.bounce ?? expect.fail('It ended by a rule.');
    const answer = await api.request('GET', `/v1/bounce_rules/${rule}`);
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ id: rule, category })]);
  });

  it('knows no other', async () => {
    const answer = await api.request('GET', '/v1/bounce_rules/constructor');
    expect([answer.status, (await answer.json()).code]).toEqual([404, 'not_found']);
  });
});
