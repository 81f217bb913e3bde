import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import type { AppPorts } from '../../functions/http/ports.ts';
import { type Api, startApi } from './api.ts';

const good = { from: 'orders@sender.example', to: 'ada@one.example', subject: 'Hello', text: 'It works.' };
const started: Api[] = [];

afterEach(async () => {
  for (const api of started.splice(0)) await api.dispose();
});

async function start(changes: Partial<AppPorts> = {}): Promise<Api> {
  const api = await startApi(changes);
  started.push(api);
  return api;
}

/** The one email there is, as soon as there is one. */
async function onlyId(api: Api): Promise<string> {
  for (;;) {
    const { data } = (await (await api.request('GET', '/v1/emails')).json()) as unknown as { data: { id: string }[] };
    if (data[0] !== undefined) return data[0].id;
    await sleep(10);
  }
}

describe('Prefer: wait', () => {
  it('holds the answer until every recipient has ended, and shows how', async () => {
    const api = await start();
    const answer = api.request('POST', '/v1/emails', good, { prefer: 'wait=100' });
    await api.request('POST', `/v1/emails/${await onlyId(api)}/cancel`);
    const response = await answer;
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, 'wait=20']);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(await response.json()).toMatchObject({ status: 'canceled', recipients: [{ status: 'canceled' }] });
  });

  it('holds the answer to a raw message too', async () => {
    const api = await start();
    const mime = 'From: a@sender.example\r\n\r\nHello\r\n';
    const answer = api.request('POST', '/v1/emails/raw?from=a@sender.example&to=b@one.example', mime, {
      'content-type': 'message/rfc822',
      prefer: 'wait=20',
    });
    await api.request('POST', `/v1/emails/${await onlyId(api)}/cancel`);
    expect((await (await answer).json()).status).toBe('canceled');
  });

  it('ends when the time is over, with the statuses as they are', async () => {
    const api = await start();
    const response = await api.request('POST', '/v1/emails', good, { prefer: 'wait=1' });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, 'wait=1']);
    expect(await response.json()).toMatchObject({ status: 'queued' });
  });

  it('does not wait for what is scheduled for later', async () => {
    const api = await start();
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    const response = await api.request('POST', '/v1/emails', { ...good, scheduled_at }, { prefer: 'wait=20' });
    expect(await response.json()).toMatchObject({ status: 'scheduled' });
  });

  it.each(['wait=soon', 'respond-async', 'wait=0'])('of %j is ignored', async (prefer) => {
    const api = await start();
    const response = await api.request('POST', '/v1/emails', good, { prefer });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, null]);
  });

  it('does not hold an error', async () => {
    const api = await start();
    const response = await api.request('POST', '/v1/emails', { ...good, to: 'nobody' }, { prefer: 'wait=20' });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([422, null]);
  });

  it('keeps the first form of the answer for the Idempotency-Key, which is free meanwhile', async () => {
    const api = await start();
    const headers = { 'idempotency-key': 'w-1', prefer: 'wait=20' };
    const held = api.request('POST', '/v1/emails', good, headers);
    const id = await onlyId(api);
    const replayed = await api.request('POST', '/v1/emails', good, headers);
    await api.request('POST', `/v1/emails/${id}/cancel`);
    expect(await (await held).json()).toMatchObject({ id, status: 'canceled' });
    expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(await replayed.json()).toMatchObject({ id, status: 'queued' });
  });

  it('takes no memory from other requests', async () => {
    const api = await start({ limits: { maxRequestBytes: 1_000, maxBytesInFlight: 1_000 } });
    const held = api.request('POST', '/v1/emails', good, { prefer: 'wait=20' });
    const id = await onlyId(api);
    expect((await api.request('POST', '/v1/emails', good)).status).toBe(202);
    await api.request('POST', `/v1/emails/${id}/cancel`);
    expect((await held).status).toBe(202);
  });

  it('ends when the client has gone', async () => {
    const gone = Promise.withResolvers<string>();
    const api: Api = await start({
      async awaitOutcome(_project, id, _waitMs, signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        gone.resolve(id);
        return null;
      },
    });
    const port = await api.listen();
    const leaving = new AbortController();
    const answer = fetch(`http://127.0.0.1:${port}/v1/emails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json', prefer: 'wait=20' },
      body: JSON.stringify(good),
      signal: leaving.signal,
    }).catch(() => 'left');
    const id = await onlyId(api);
    leaving.abort();
    expect([await answer, await gone.promise]).toEqual(['left', id]);
  });

  it('answers 202 all the same when the store cannot be asked any more', async () => {
    const api = await start({ awaitOutcome: () => Promise.reject(new Error('gone')) });
    const response = await api.request('POST', '/v1/emails', good, { prefer: 'wait=20' });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, null]);
    expect(await response.json()).toMatchObject({ status: 'queued' });
  });
});
