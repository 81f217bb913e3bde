import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { type Answer, type Api, startApi } from './api.ts';

let api: Api;
// It stands still: no window of a test ends by itself.
let nowMs = systemClock.now();

beforeAll(async () => {
  api = await startApi({ clock: { ...systemClock, now: () => nowMs } });
});

afterAll(() => api.dispose());

async function keyWith(limit: number, scopes = ['emails:read', 'emails:send']): Promise<Record<string, string>> {
  const rate_limit = { limit, window_seconds: 60 };
  const response = await api.request('POST', '/v1/api_keys', { name: 'A key', scopes, rate_limit });
  const { key } = (await response.json()) as unknown as { key: string };
  return { authorization: `Bearer ${key}` };
}

function rateOf({ status, headers }: Answer): unknown[] {
  return [status, headers.get('ratelimit-policy'), headers.get('ratelimit'), headers.get('retry-after')];
}

describe('a key with a rate limit', () => {
  it('hears on every answer what is left, and then 429 until the window ends', async () => {
    const key = await keyWith(4);
    const answers = [
      await api.request('GET', '/v1/emails/em_1', undefined, key),
      await api.request('GET', '/v1/api_keys', undefined, key),
      await api.request('POST', '/v1/emails', { nonsense: true }, key),
      await api.request('GET', '/v1/nothing', undefined, key),
      await api.request('GET', '/v1/emails/em_1', undefined, key),
    ];
    const policy = '"default";q=4;w=60';
    expect(answers.map(rateOf)).toEqual([
      [404, policy, '"default";r=3;t=60', null],
      [403, policy, '"default";r=2;t=60', null],
      [422, policy, '"default";r=1;t=60', null],
      [404, policy, '"default";r=0;t=60', null],
      [429, policy, '"default";r=0;t=60', '60'],
    ]);
    const body = await answers.at(-1)?.json();
    expect(body).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(body?.detail).toContain('4 requests in 60 seconds');
    nowMs += 60_000;
    expect(rateOf(await api.request('GET', '/v1/emails/em_1', undefined, key))[0]).toBe(404);
  });

  it('hears it beside an error of ours too', async () => {
    const broken = await startApi({ find: () => Promise.reject(new Error('connection lost')) });
    const made = await broken.request('POST', '/v1/api_keys', { name: 'A key' });
    const { key } = (await made.json()) as unknown as { key: string };
    const response = await broken.request('GET', `/v1/emails/em_${'0'.repeat(36)}`, undefined, {
      authorization: `Bearer ${key}`,
    });
    expect(rateOf(response).slice(0, 2)).toEqual([503, '"default";q=6000;w=60']);
    await broken.dispose();
  });

  it('is stopped before its body is read, and takes nothing from other keys', async () => {
    const [first, second] = [await keyWith(1), await keyWith(1)];
    await api.request('GET', '/v1/emails/em_1', undefined, first);
    const drafts = api.drafts.length;
    const email = { from: 'a@one.example', to: 'b@two.example', subject: 'Hello', text: 'Hello' };
    expect((await api.request('POST', '/v1/emails', email, first)).status).toBe(429);
    expect((await api.request('POST', '/v1/emails', 'no JSON', first)).status).toBe(429);
    expect(api.drafts.length).toBe(drafts);
    expect((await api.request('POST', '/v1/emails', email, second)).status).toBe(202);
  });
});

describe('the bootstrap key', () => {
  it('has no rate limit and hears of none', async () => {
    expect(rateOf(await api.request('GET', '/v1/emails/em_1'))).toEqual([404, null, null, null]);
  });
});
