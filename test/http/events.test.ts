import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { recipientOf } from '../contract/samples.ts';
import { type Api, startApi } from './api.ts';

const good = { from: 'orders@sender.example', to: 'ada@one.example', subject: 'Hello', text: 'It works.' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function eventsOf(id: string, of = api) {
  const response = await of.request('GET', `/v1/emails/${id}/events`);
  return (await response.json()) as unknown as { data: { id: string }[]; object: string; has_more: boolean };
}

describe('GET /v1/emails/:id/events', () => {
  it('tells what happened to every recipient, and goes on telling it in the same words', async () => {
    const body = { ...good, cc: 'bob@two.example', tags: ['a'], metadata: { order: '4711' } };
    const { id } = await (await api.request('POST', '/v1/emails', body)).json();
    const before = await eventsOf(id);
    const event = {
      id: expect.stringMatching(/^evt_[0-9a-z]{36}$/),
      object: 'event',
      type: 'email.queued',
      created_at: expect.stringMatching(/Z$/),
      email_id: id,
      recipient: 'ada@one.example',
      data: {},
      tags: ['a'],
      metadata: { order: '4711' },
    };
    expect(before).toEqual({
      object: 'list',
      data: [event, { ...event, recipient: 'bob@two.example' }],
      has_more: false,
    });
    await api.request('POST', `/v1/emails/${id}/cancel`);
    const after = await eventsOf(id);
    expect(after.data.slice(0, 2)).toEqual(before.data);
    expect(after.data.slice(2)).toMatchObject([
      { type: 'email.canceled', recipient: 'ada@one.example' },
      { type: 'email.canceled', recipient: 'bob@two.example' },
    ]);
    expect(new Set(after.data.map((one) => one.id)).size).toBe(4);
  });

  it('shows the attempt and the bounce of an event that has them', async () => {
    const [attempt] = recipientOf('ada@one.example').attempts;
    if (attempt === undefined) throw new Error('The sample has an attempt.');
    const bounce = {
      category: 'hard',
      rule: 'r1',
      smtpCode: 550,
      enhancedCode: '5.1.1',
      diagnostic: 'No such user',
      remoteMta: 'mx.one.example',
      source: 'smtp',
    } as const;
    const ended = await startApi({
      async find(projectId, id) {
        const found = await api.ports.find(projectId, id);
        if (found === null) return null;
        const deliveries = found.deliveries.map((delivery) => ({
          ...delivery,
          state: 'ended' as const,
          attempt: 2,
          recipients: delivery.recipients.map((recipient) => ({
            ...recipient,
            status: 'bounced' as const,
            bounce,
            attempts: [attempt, { ...attempt, attempt: 2, outcome: 'bounced' as const }],
          })),
        }));
        return { ...found, deliveries };
      },
      keys: api.ports.keys,
    });
    const { id } = await (await api.request('POST', '/v1/emails', good)).json();
    const response = await ended.request('GET', `/v1/emails/${id}/events`, undefined, {
      authorization: `Bearer ${api.key}`,
    });
    const view = (await (
      await ended.request('GET', `/v1/emails/${id}`, undefined, { authorization: `Bearer ${api.key}` })
    ).json()) as unknown as { recipients: { attempts: unknown[]; bounce: unknown }[] };
    const { data } = (await response.json()) as unknown as { data: { type: string; data: unknown }[] };
    expect(data.map(({ type }) => type)).toEqual(['email.queued', 'email.deferred', 'email.bounced']);
    expect(data.map((event) => event.data)).toEqual([
      {},
      { attempt: view.recipients[0]?.attempts[0] },
      { attempt: view.recipients[0]?.attempts[1], bounce: view.recipients[0]?.bounce },
    ]);
    await ended.dispose();
  });
});
