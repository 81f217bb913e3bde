import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Webhook as PublicVerifier } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { createSqliteWebhookDeliveries } from '../../functions/adapters/webhook-deliveries-sqlite.ts';
import type { WebhookId } from '../../functions/core/ids.ts';
import type { WebhookBacklog } from '../../functions/core/ports/webhook-deliveries.ts';
import { endedDelivery } from '../../functions/core/webhooks/webhook-delivery.ts';
import { adjustableClock } from '../adapters/temporary-store.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { type Answer, type Api, otherKey, startApi } from './api.ts';

type View = {
  readonly id: WebhookId;
  readonly url: string;
  readonly secret?: string;
  readonly status: string;
  readonly data: readonly {
    readonly event_id: string;
    readonly status: string;
    readonly event: { readonly type: string };
  }[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
  readonly attempt: { readonly outcome: string; readonly status: number | null };
};

const theirs = { authorization: `Bearer ${otherKey}` };
const url = 'https://example.com/hook';
const email = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };

let api: Api;
let clock: ReturnType<typeof adjustableClock>;
const receivers: WebhookReceiver[] = [];

beforeEach(async () => {
  clock = adjustableClock();
  api = await startApi({ clock });
});

afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
  await api.dispose();
});

async function ask(method: string, route: string, body?: unknown, headers = {}): Promise<[number, View]> {
  const answer = await api.request(method, route, body, headers);
  return [answer.status, (await answer.json()) as unknown as View];
}

async function add(fields: Record<string, unknown> = {}, headers = {}): Promise<View> {
  const [status, webhook] = await ask('POST', '/v1/webhooks', { url, ...fields }, headers);
  expect(status).toBe(201);
  return webhook;
}

/** The backlog that the API writes to, as the pump sees it. */
function backlog(): WebhookBacklog {
  return api.ports.webhookDeliveries as ReturnType<typeof createSqliteWebhookDeliveries>;
}

describe('POST /v1/webhooks', () => {
  it('adds an endpoint with its filters, and shows its secret this once', async () => {
    const fields = { description: 'Orders', events: ['email.delivered', 'email.bounced'], tags: ['orders'] };
    const { secret, ...webhook } = await add(fields);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^wh_[0-9a-z]{36}$/),
      object: 'webhook',
      url,
      ...fields,
      status: 'enabled',
      disabled_reason: null,
      disabled_at: null,
      failing_since: null,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(Buffer.from(/^whsec_(.+)$/.exec(secret ?? '')?.[1] ?? '', 'base64')).toHaveLength(32);
    expect(await ask('GET', `/v1/webhooks/${webhook.id}`)).toEqual([200, webhook]);
    expect(await ask('GET', '/v1/webhooks')).toEqual([200, { object: 'list', data: [webhook], has_more: false }]);
  });

  it('stores no secret that can be used, and shows none in a list (X08, X16)', async () => {
    const { secret = '' } = await add();
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const files = ['postern.sqlite', 'postern.sqlite-wal'].map((name) => readFileSync(path.join(api.directory, name)));
    for (const file of files) {
      for (const form of [bytes, bytes.toString('base64'), bytes.toString('hex')])
        expect(file.includes(form)).toBe(false);
    }
    const shown = JSON.stringify([await ask('GET', '/v1/webhooks'), api.logged]);
    expect(shown).not.toContain(secret.slice('whsec_'.length));
  });

  it.each([
    ['ftp://example.com/', 'The URL begins with https://.'],
    ['http://example.com/', 'The URL begins with https://.'],
    ['file:///etc/passwd', 'The URL begins with https://.'],
    ['example.com/hook', 'The URL cannot be read; it is like https://example.com/webhooks.'],
    ['https://user:pass@example.com/', 'The URL holds no user name and no password.'],
    ['https://example.com/#part', 'The URL has no fragment.'],
    ['https://example.com:9001/', 'The port is 443 or 8443.'],
    ['https://127.0.0.1/', 'The address is not a public one.'],
    ['https://0x7f.1/', 'The address is not a public one.'],
    ['https://[::ffff:10.0.0.1]/', 'The address is not a public one.'],
    ['https://169.254.169.254/', 'The address is not a public one.'],
    ['https://hook.localhost/', 'The address is not a public one.'],
    ['https://exa mple.com/', 'The URL cannot be read; it is like https://example.com/webhooks.'],
    ['https://example.com./', 'The host is a full name such as example.com.'],
  ])('refuses %s, and stores nothing (X12)', async (wrong, detail) => {
    const answer = await api.request('POST', '/v1/webhooks', { url: wrong });
    expect([answer.status, (await answer.json()).errors]).toEqual([
      422,
      [{ pointer: '/url', code: 'invalid_url', detail }],
    ]);
    expect((await ask('GET', '/v1/webhooks'))[1].data).toEqual([]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ events: ['email.opened'] }, '/events/0'],
    [{ events: [] }, '/events'],
    [{ tags: [''] }, '/tags/0'],
    [{ description: 'a\nb' }, '/description'],
    [{ description: 'x'.repeat(257) }, '/description'],
    [{ url: `https://example.com/${'x'.repeat(2_048)}` }, '/url'],
    [{ secret: 'whsec_x' }, '/secret'],
  ])('refuses %j with its pointer', async (fields, pointer) => {
    const answer = await api.request('POST', '/v1/webhooks', { url, ...fields });
    expect([answer.status, (await answer.json()).errors.map((error) => error.pointer)]).toEqual([422, [pointer]]);
  });

  it('takes 20 a project', async () => {
    for (let count = 0; count < 20; count++) await add();
    expect(await ask('POST', '/v1/webhooks', { url })).toMatchObject([409, { code: 'too_many_webhooks' }]);
    await add({}, theirs);
  });
});

describe('an endpoint', () => {
  it('is changed in what is named, and a filter is taken away by null', async () => {
    const { id } = await add({ events: ['email.bounced'], tags: ['a'] });
    const change = { url: 'https://example.net/', events: null, description: 'New' };
    expect(await ask('PATCH', `/v1/webhooks/${id}`, change)).toMatchObject([200, { ...change, tags: ['a'] }]);
    expect(await ask('PATCH', `/v1/webhooks/${id}`, { url: 'http://10.0.0.1/' })).toMatchObject([422, {}]);
    expect(await ask('GET', `/v1/webhooks/${id}`)).toMatchObject([200, { ...change, tags: ['a'] }]);
  });

  it('is disabled and enabled, and is owed nothing of the time between', async () => {
    const { id } = await add({ events: ['email.queued'] });
    const deliveries = async (): Promise<number> => (await ask('GET', `/v1/webhooks/${id}/deliveries`))[1].data.length;
    await api.request('POST', '/v1/emails', email);
    const disabled = { status: 'disabled', disabled_reason: 'requested', disabled_at: expect.any(String) };
    expect(await ask('PATCH', `/v1/webhooks/${id}`, { status: 'disabled' })).toMatchObject([200, disabled]);
    await api.request('POST', '/v1/emails', email);
    expect(await deliveries()).toBe(1);
    const enabled = { status: 'enabled', disabled_reason: null, disabled_at: null };
    expect(await ask('PATCH', `/v1/webhooks/${id}`, { status: 'enabled' })).toMatchObject([200, enabled]);
    await api.request('POST', '/v1/emails', email);
    expect(await deliveries()).toBe(2);
  });

  it('is removed once', async () => {
    const { id } = await add();
    expect(await ask('DELETE', `/v1/webhooks/${id}`)).toEqual([200, { id, object: 'webhook', deleted: true }]);
    expect(await ask('DELETE', `/v1/webhooks/${id}`)).toMatchObject([404, {}]);
    expect(await ask('GET', `/v1/webhooks/${id}/deliveries`)).toMatchObject([404, {}]);
  });

  it('gets a new secret, and the old one ends when it was said', async () => {
    const { id, secret } = await add();
    const [status, rotated] = await ask('POST', `/v1/webhooks/${id}/rotate_secret?old_secret_seconds=60`);
    expect([status, rotated.secret === secret]).toEqual([200, false]);
    const ends = (await api.ports.webhooks.list('prj_default' as never))[0]?.secrets.map(({ expiresAt }) => expiresAt);
    expect(ends).toEqual([null, expect.closeTo(clock.now() + 60_000, -4)]);
    for (const wrong of ['-1', '604801', 'x', '', '%20']) {
      const refused = await api.request('POST', `/v1/webhooks/${id}/rotate_secret?old_secret_seconds=${wrong}`);
      expect(refused.status).toBe(422);
    }
  });

  it('of another project is answered like one that never was, whatever is asked of it (X04)', async () => {
    const { id } = await add({}, theirs);
    await api.request('POST', '/v1/emails', email, theirs);
    const [, { data }] = await ask('GET', `/v1/webhooks/${id}/deliveries`, undefined, theirs);
    const event = data[0]?.event_id;
    const asked: [method: string, rest: string, body?: unknown][] = [
      ['GET', ''],
      ['PATCH', '', { status: 'disabled' }],
      ['DELETE', ''],
      ['POST', '/test'],
      ['POST', '/rotate_secret'],
      ['GET', '/deliveries'],
      ['GET', `/deliveries/${event}`],
      ['POST', `/deliveries/${event}/replay`],
      ['POST', '/replay', { since: '2020-01-01T00:00:00Z' }],
    ];
    for (const [method, rest, body] of asked) {
      const bodies = [];
      for (const one of [id, `wh_${'0'.repeat(36)}`, 'nonsense']) {
        const answer: Answer = await api.request(method, `/v1/webhooks/${one}${rest}`, body);
        bodies.push(JSON.stringify({ ...(await answer.json()), request_id: '', answered: answer.status }));
      }
      expect(new Set(bodies).size, `${method} ${rest}`).toBe(1);
      expect(bodies[0]).toContain('"answered":404');
    }
    expect(await ask('GET', `/v1/webhooks/${id}`, undefined, theirs)).toMatchObject([200, { status: 'enabled' }]);
  });
});

describe('what an endpoint is owed', () => {
  it('is what happens to emails, suppressions and domains, in the form of the timeline', async () => {
    const { id } = await add();
    const [, { id: emailId }] = await ask('POST', '/v1/emails', { ...email, tags: ['t'], metadata: { a: 'b' } });
    await api.request('POST', `/v1/emails/${emailId}/cancel`);
    await api.request('POST', '/v1/suppressions', { email: 'ada@one.example' });
    await api.request('POST', '/v1/suppressions', { email: 'ADA@one.example' });
    await api.request('DELETE', '/v1/suppressions/ada@one.example');
    const [, page] = await ask('GET', `/v1/webhooks/${id}/deliveries`);
    expect(page.data.map(({ event }) => event.type).toSorted()).toEqual([
      'email.canceled',
      'email.queued',
      'suppression.added',
      'suppression.removed',
    ]);
    const [, timeline] = await ask('GET', `/v1/emails/${emailId}/events`);
    const events = page.data.filter(({ event }) => event.type.startsWith('email.')).map(({ event }) => event);
    expect(events.toSorted((a, b) => (a.type < b.type ? 1 : -1))).toEqual(timeline.data);
  });

  it('is told of a domain when it stands otherwise than before', async () => {
    const { id } = await add({ events: ['domain.verified', 'domain.failed'] });
    const [, { id: domainId }] = await ask('POST', '/v1/domains', { name: 'sender.example' });
    const [domain] = await api.domains.list('prj_default' as never);
    if (domain === undefined) throw new Error('It was added.');
    const verified = { ...domain, status: 'verified' as const, checkedAt: clock.now() };
    for (let times = 0; times < 2; times++) await api.domains.update(verified);
    await api.domains.update({ ...verified, status: 'failed', checkedAt: clock.now() + 1 });
    const [, page] = await ask('GET', `/v1/webhooks/${id}/deliveries`);
    expect(page.data.map(({ event }) => event)).toMatchObject([
      { type: 'domain.failed', data: { domain: { id: domainId, name: 'sender.example', status: 'failed' } } },
      { type: 'domain.verified', data: { domain: { status: 'verified' } } },
    ]);
  });

  it('is listed page by page and by status, each cursor for its own list', async () => {
    const { id } = await add();
    const second = await add();
    for (let count = 0; count < 3; count++) await api.request('POST', '/v1/emails', email);
    const [first] = await backlog().claim(id, clock.now(), 1, clock.now() + 1);
    if (first === undefined) throw new Error('Something is due.');
    await backlog().commit(endedDelivery(first, 'failed', clock.now()), clock.now());
    const [, all] = await ask('GET', `/v1/webhooks/${id}/deliveries`);
    const [, page] = await ask('GET', `/v1/webhooks/${id}/deliveries?limit=2`);
    expect([page.has_more, page.data]).toEqual([true, all.data.slice(0, 2)]);
    const [, rest] = await ask('GET', `/v1/webhooks/${id}/deliveries?limit=2&after=${page.next_cursor}`);
    expect([rest.has_more, rest.next_cursor, rest.data]).toEqual([false, null, all.data.slice(2)]);
    const [, failed] = await ask('GET', `/v1/webhooks/${id}/deliveries?status=failed`);
    expect(failed.data.map(({ event_id }) => event_id)).toEqual([first.event.id]);
    const foreign = await ask('GET', `/v1/webhooks/${second.id}/deliveries?after=${page.next_cursor}`);
    expect(foreign).toMatchObject([400, { code: 'invalid_cursor' }]);
  });

  it('is replayed once it has ended, and not while the endpoint is disabled', async () => {
    const { id } = await add();
    await api.request('POST', '/v1/emails', email);
    const [first] = await backlog().claim(id, clock.now(), 1, clock.now() + 1);
    if (first === undefined) throw new Error('Something is due.');
    await backlog().commit(endedDelivery(first, 'failed', clock.now()), clock.now());
    const at = `/v1/webhooks/${id}/deliveries/${first.event.id}`;
    expect(await ask('GET', at)).toMatchObject([200, { status: 'failed', next_attempt_at: null }]);
    await ask('PATCH', `/v1/webhooks/${id}`, { status: 'disabled' });
    expect(await ask('POST', `${at}/replay`)).toMatchObject([409, { code: 'webhook_disabled' }]);
    await ask('PATCH', `/v1/webhooks/${id}`, { status: 'enabled' });
    expect(await ask('POST', `${at}/replay`)).toMatchObject([
      200,
      { status: 'pending', next_attempt_at: expect.any(String) },
    ]);
    expect(await backlog().claim(id, clock.now(), 9, clock.now() + 1)).toHaveLength(1);
    const never = `/v1/webhooks/${id}/deliveries/evt_${'0'.repeat(36)}/replay`;
    expect(await ask('POST', never)).toMatchObject([404, {}]);
  });
});

describe('POST /v1/webhooks/:id/replay', () => {
  const fail = async (id: WebhookId) => {
    for (;;) {
      const taken = await backlog().claim(id, clock.now(), 100, clock.now() + 1);
      if (taken.length === 0) return;
      for (const one of taken) await backlog().commit(endedDelivery(one, 'failed', clock.now()), clock.now());
    }
  };
  const statuses = async (id: string) => {
    const [, { data }] = await ask('GET', `/v1/webhooks/${id}/deliveries`);
    return data.map(({ event, status }) => `${event.type} ${status}`);
  };
  const since = '2020-01-01T00:00:00Z';

  it('makes due what has failed of the span and the types, in order, and leaves alone what is on its way', async () => {
    const { id } = await add();
    const [, { id: emailId }] = await ask('POST', '/v1/emails', email);
    await api.request('POST', `/v1/emails/${emailId}/cancel`);
    await api.request('POST', '/v1/suppressions', { email: 'ada@one.example' });
    await fail(id);
    const at = `/v1/webhooks/${id}/replay`;
    expect(await ask('POST', at, { since, until: '2020-01-02T00:00:00Z' })).toMatchObject([
      200,
      { object: 'webhook_replay', webhook_id: id, replayed: 0, has_more: false },
    ]);
    expect(await ask('POST', at, { since, types: ['email.queued', 'email.canceled'] })).toMatchObject([
      200,
      { replayed: 2, has_more: false },
    ]);
    expect((await statuses(id)).toSorted()).toEqual([
      'email.canceled pending',
      'email.queued pending',
      'suppression.added failed',
    ]);
    expect(await ask('POST', at, { since })).toMatchObject([200, { replayed: 1 }]);
    expect(await ask('POST', at, { since })).toMatchObject([200, { replayed: 0 }]);
    // The second of a stream waits for the first.
    const due = await backlog().claim(id, clock.now(), 9, clock.now() + 1);
    expect(due.map(({ event }) => event.type).toSorted()).toEqual(['email.queued', 'suppression.added']);
  });

  it('refuses what is no span, and an endpoint that is disabled', async () => {
    const { id } = await add();
    const at = `/v1/webhooks/${id}/replay`;
    const refused: [body: object, pointer: string][] = [
      [{}, '/since'],
      [{ since: 'yesterday' }, '/since'],
      [{ since, until: since }, '/until'],
      [{ since: '2100-01-01T00:00:00Z' }, '/since'],
      [{ since, types: ['email.opened'] }, '/types/0'],
      [{ since, limit: 1 }, '/limit'],
    ];
    for (const [body, pointer] of refused) {
      expect(await ask('POST', at, body), pointer).toMatchObject([422, { errors: [{ pointer }] }]);
    }
    await ask('PATCH', `/v1/webhooks/${id}`, { status: 'disabled' });
    expect(await ask('POST', at, { since })).toMatchObject([409, { code: 'webhook_disabled' }]);
  });
});

describe('POST /v1/webhooks/:id/test', () => {
  it('posts a signed event at once, to a disabled endpoint too, and answers with what came back', async () => {
    const receiver = await startWebhookReceiver();
    receivers.push(receiver);
    await api.dispose();
    api = await startApi({ clock, refusalOfWebhookUrl: async () => null });
    const { id, secret = '' } = await add({ url: receiver.url });
    for (const status of ['enabled', 'disabled']) {
      await ask('PATCH', `/v1/webhooks/${id}`, { status });
      expect(await ask('POST', `/v1/webhooks/${id}/test`)).toMatchObject([
        200,
        { webhook_id: id, attempt: { attempt: 1, outcome: 'delivered', status: 204, ip: '127.0.0.1' } },
      ]);
    }
    const [request] = receiver.received;
    expect(new PublicVerifier(secret).verify(request?.body ?? '', request?.headers as never)).toMatchObject({
      type: 'webhook.test',
      data: { webhook: { id } },
    });
    receiver.answerWith(500);
    expect(await ask('POST', `/v1/webhooks/${id}/test`)).toMatchObject([
      200,
      { attempt: { outcome: 'failed', status: 500 } },
    ]);
    expect((await ask('GET', `/v1/webhooks/${id}/deliveries`))[1].data).toEqual([]);
    expect(await ask('GET', `/v1/webhooks/${id}`)).toMatchObject([200, { failing_since: null }]);
  });
});
