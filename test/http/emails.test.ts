import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, otherKey, startApi } from './api.ts';

const smallest = { from: 'Shop <orders@sender.example>', to: 'ada@one.example', subject: 'Hello', text: 'It works.' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

describe('POST /v1/emails', () => {
  it('answers 202 with the id, the Message-ID and the status of every recipient', async () => {
    const response = await api.request('POST', '/v1/emails', { ...smallest, cc: ['bob@two.example'] });
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('request-id')).toMatch(/^req_[0-9a-f]{24}$/);
    const body = await response.json();
    expect(body).toEqual({
      id: expect.stringMatching(/^em_[0-9a-z]{36}$/),
      object: 'email',
      status: 'queued',
      message_id: `<${body.id}@sender.example>`,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      recipients: [
        { email: 'ada@one.example', status: 'queued' },
        { email: 'bob@two.example', status: 'queued' },
      ],
    });
  });

  it.each(['opportunistic', 'required', 'requiretls'])('takes tls "%s"', async (tls) => {
    const email = { from: 'orders@sender.example', to: 'ada@one.example', subject: 'Hello', text: 'It works.', tls };
    expect((await api.request('POST', '/v1/emails', email)).status).toBe(202);
    expect(api.drafts.at(-1)).toMatchObject({ tls });
  });

  it('hands over every field of the request as a draft', async () => {
    const scheduledAt = Date.now() + 3_600_000;
    const response = await api.request('POST', '/v1/emails', {
      from: { email: 'orders@sender.example', name: 'Shop' },
      to: ['"Lovelace, Ada" <ada@One.Example>', { email: 'bob@two.example' }],
      cc: null,
      bcc: 'eve@three.example',
      reply_to: ['help@sender.example', 'boss@sender.example'],
      subject: 'Grüße',
      html: '<p>Hello</p>',
      headers: { 'X-Order': '4711' },
      attachments: [{ filename: 'a.pdf', content: 'AAEC' }],
      tags: ['invoice'],
      metadata: { order: '4711' },
      scheduled_at: new Date(scheduledAt).toISOString(),
      expires_at: new Date(scheduledAt + 5_000).toISOString().replace('Z', '+00:00'),
      tls: 'required',
      on_in_doubt: 'hold',
      dsn: { to: 'ops@sender.example', notify: ['delay', 'failure'], ret: 'full', envid: 'order 4711' },
    });
    expect(response.status).toBe(202);
    expect((await response.json()).status).toBe('scheduled');
    expect(api.drafts.at(-1)).toEqual({
      from: { name: 'Shop', mailbox: { local: 'orders', domain: 'sender.example' } },
      to: [
        { name: 'Lovelace, Ada', mailbox: { local: 'ada', domain: 'one.example' } },
        { name: null, mailbox: { local: 'bob', domain: 'two.example' } },
      ],
      cc: [],
      bcc: [{ name: null, mailbox: { local: 'eve', domain: 'three.example' } }],
      replyTo: [
        { name: null, mailbox: { local: 'help', domain: 'sender.example' } },
        { name: null, mailbox: { local: 'boss', domain: 'sender.example' } },
      ],
      subject: 'Grüße',
      html: '<p>Hello</p>',
      text: null,
      headers: [{ name: 'X-Order', value: '4711' }],
      attachments: [
        {
          filename: 'a.pdf',
          content: Buffer.from([0, 1, 2]),
          contentType: 'application/pdf',
          contentId: null,
          disposition: 'attachment',
        },
      ],
      tags: ['invoice'],
      metadata: { order: '4711' },
      scheduledAt,
      expiresAt: scheduledAt + 5_000,
      tls: 'required',
      onInDoubt: 'hold',
      dsn: {
        to: { local: 'ops', domain: 'sender.example' },
        notify: ['failure', 'delay'],
        ret: 'full',
        envid: 'order 4711',
      },
      listUnsubscribe: null,
      ownUnsubscribeLink: false,
      onSuppressed: 'skip',
      test: false,
    });
  });

  it('shows whether an email is marked test, which is a boolean', async () => {
    for (const [test, shown] of [
      [true, true],
      [false, false],
      [null, false],
      [undefined, false],
    ]) {
      const { id } = await (await api.request('POST', '/v1/emails', { ...smallest, test })).json();
      expect(await (await api.request('GET', `/v1/emails/${id}`)).json()).toMatchObject({ test: shown });
      expect(api.drafts.at(-1)?.test).toBe(shown);
    }
    const response = await api.request('POST', '/v1/emails', { ...smallest, test: 'yes' });
    expect([response.status, (await response.json()).errors[0]?.pointer]).toEqual([422, '/test']);
  });

  it('takes a time that has passed for now', async () => {
    const response = await api.request('POST', '/v1/emails', { ...smallest, scheduled_at: '2001-01-01T00:00:00Z' });
    expect([response.status, (await response.json()).status]).toEqual([202, 'queued']);
  });

  it('answers 503 with Retry-After when the store does not take the email', async () => {
    const broken = await startApi({ accept: async () => ({ kind: 'unavailable', why: 'disk full at /secret/path' }) });
    const response = await broken.request('POST', '/v1/emails', smallest);
    const body = await response.json();
    expect([response.status, response.headers.get('retry-after'), body.code, body.retryable]).toEqual([
      503,
      '1',
      'unavailable',
      true,
    ]);
    expect(JSON.stringify(body)).not.toContain('secret');
    await broken.dispose();
  });
});

describe('GET /v1/emails/:id', () => {
  it('shows what was accepted', async () => {
    const { id, message_id } = await (
      await api.request('POST', '/v1/emails', { ...smallest, bcc: 'eve@one.example' })
    ).json();
    const response = await api.request('GET', `/v1/emails/${id}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      id,
      object: 'email',
      status: 'queued',
      message_id,
      from: 'Shop <orders@sender.example>',
      subject: 'Hello',
      scheduled_at: null,
      tags: [],
      metadata: {},
      recipients: [
        { email: 'ada@one.example', kind: 'to', status: 'queued', next_attempt_at: null, bounce: null, attempts: [] },
        { email: 'eve@one.example', kind: 'bcc', status: 'queued' },
      ],
    });
  });

  it("answers the same for another project's id, an unknown one and a malformed one", async () => {
    const { id } = await (await api.request('POST', '/v1/emails', smallest)).json();
    const answers = [
      await api.request('GET', `/v1/emails/${id}`, undefined, { authorization: `Bearer ${otherKey}` }),
      await api.request('GET', `/v1/emails/em_${'0'.repeat(36)}`),
      await api.request('GET', '/v1/emails/%00..%2f'),
    ];
    const bodies = await Promise.all(answers.map(async (answer) => ({ ...(await answer.json()), request_id: '' })));
    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404]);
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
  });
});

describe('POST /v1/emails/:id/cancel', () => {
  it('cancels once, and says why it cannot a second time', async () => {
    const { id } = await (await api.request('POST', '/v1/emails', smallest)).json();
    const first = await api.request('POST', `/v1/emails/${id}/cancel`);
    expect([first.status, (await first.json()).status]).toEqual([200, 'canceled']);
    const second = await api.request('POST', `/v1/emails/${id}/cancel`);
    const body = await second.json();
    expect([second.status, body.code]).toEqual([409, 'not_cancelable']);
    expect(body.detail).toContain('final status');
  });

  it("does not touch another project's email", async () => {
    const { id } = await (await api.request('POST', '/v1/emails', smallest)).json();
    const response = await api.request('POST', `/v1/emails/${id}/cancel`, undefined, {
      authorization: `Bearer ${otherKey}`,
    });
    expect(response.status).toBe(404);
    expect((await (await api.request('GET', `/v1/emails/${id}`)).json()).status).toBe('queued');
  });
});
