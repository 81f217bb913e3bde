import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { adjustableClock } from '../adapters/temporary-store.ts';
import { type Api, otherKey, startApi } from './api.ts';

const smallest = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };

let api: Api;
let count = 0;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

function freshKey(): Record<string, string> {
  count += 1;
  return { 'idempotency-key': `key number ${count}` };
}

describe('an Idempotency-Key', () => {
  it('gets the same answer again, and sends once', async () => {
    const key = freshKey();
    const before = api.drafts.length;
    const first = await api.request('POST', '/v1/emails', smallest, key);
    const again = await api.request('POST', '/v1/emails', smallest, key);
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([202, null]);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await again.text()).toBe(await first.text());
    expect(api.drafts.length - before).toBe(1);
    expect(again.headers.get('request-id')).not.toBe(first.headers.get('request-id'));
  });

  it('does not mind the order of keys and white space', async () => {
    const key = freshKey();
    const first = await api.request('POST', '/v1/emails', smallest, key);
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(smallest).toReversed()), null, 2);
    const again = await api.request('POST', '/v1/emails', reordered, key);
    expect([again.status, await again.text()]).toEqual([202, await first.text()]);
  });

  it('with another body is refused (X11)', async () => {
    const key = freshKey();
    await api.request('POST', '/v1/emails', smallest, key);
    const response = await api.request('POST', '/v1/emails', { ...smallest, subject: 'Other' }, key);
    expect([response.status, (await response.json()).code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('of another project is another key (X11)', async () => {
    const key = freshKey();
    const first = await (await api.request('POST', '/v1/emails', smallest, key)).json();
    const other = await api.request(
      'POST',
      '/v1/emails',
      { ...smallest, subject: 'Other' },
      { ...key, authorization: `Bearer ${otherKey}` },
    );
    expect(other.status).toBe(202);
    expect((await other.json()).id).not.toBe(first.id);
  });

  it('used fifty times at once sends one email; the others wait or get its answer (X11)', async () => {
    const key = freshKey();
    const before = api.drafts.length;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api.request('POST', '/v1/emails', smallest, key)),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    const ids = new Set(bodies.flatMap((body, index) => (answers[index]?.status === 202 ? [body.id] : [])));
    const refusals = answers.flatMap((answer, index) =>
      answer.status === 202 ? [] : [[answer.status, bodies[index]?.code, answer.headers.get('retry-after')].join()],
    );
    expect(refusals.filter((refusal) => refusal !== '409,idempotency_in_progress,1')).toEqual([]);
    expect([ids.size, api.drafts.length - before]).toEqual([1, 1]);
  });

  it('is free again after a request that was not valid', async () => {
    const key = freshKey();
    const refused = await api.request('POST', '/v1/emails', { ...smallest, to: 'nobody' }, key);
    const corrected = await api.request('POST', '/v1/emails', smallest, key);
    expect([refused.status, corrected.status, corrected.headers.get('idempotent-replayed')]).toEqual([422, 202, null]);
  });

  it.each([
    ['a store that refuses', async () => ({ kind: 'unavailable', why: 'full' }) as const, 503],
    ['a bug', () => Promise.reject(new Error('bug')), 500],
  ])('is free again after %s', async (_, accept, status) => {
    const broken = await startApi({ accept });
    const key = freshKey();
    const statuses = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      statuses.push((await broken.request('POST', '/v1/emails', smallest, key)).status);
    }
    expect(statuses).toEqual([status, status]);
    await broken.dispose();
  });

  it('replays an email whose expiry has passed since', async () => {
    const clock = adjustableClock();
    const later = await startApi({ clock });
    const key = freshKey();
    const body = { ...smallest, expires_at: new Date(clock.now() + 60_000).toISOString() };
    const first = await later.request('POST', '/v1/emails', body, key);
    clock.advance(61_000);
    const again = await later.request('POST', '/v1/emails', body, key);
    expect([first.status, again.status, await again.text()]).toEqual([202, 202, await first.text()]);
    expect((await later.request('POST', '/v1/emails', body)).status).toBe(422);
    await later.dispose();
  });

  it.each(['', 'x'.repeat(256), 'caf\u00e9'])('of the wrong form (%#) is refused', async (key) => {
    const response = await api.request('POST', '/v1/emails', smallest, { 'idempotency-key': key });
    expect([response.status, (await response.json()).code]).toEqual([400, 'invalid_idempotency_key']);
  });
});
