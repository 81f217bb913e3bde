import { describe, expect, it } from 'vitest';

import { newEventId } from '../../../functions/core/event-id.ts';
import type { WebhookAnswer } from '../../../functions/core/ports/webhook-sender.ts';
import { systemRandom } from '../../../functions/adapters/random-system.ts';
import {
  afterWebhookAttempt,
  endedDelivery,
  replayedDelivery,
  type WebhookDelivery,
} from '../../../functions/core/webhooks/webhook-delivery.ts';
import { newWebhookId } from '../../../functions/core/webhooks/webhook-id.ts';
import { now, project } from '../../contract/samples.ts';

const minute = 60_000;
const hour = 60 * minute;
const id = newWebhookId(now, systemRandom);
const fresh: WebhookDelivery = {
  webhookId: id,
  event: {
    id: newEventId(now, systemRandom),
    projectId: project,
    type: 'webhook.test',
    at: now,
    stream: 'one',
    place: 0,
    subject: { kind: 'webhook', id, url: 'https://example.com/', why: 'test' },
  },
  status: 'pending',
  version: 1,
  dueAt: now,
  tries: 0,
  endedAt: null,
  attempts: [],
};

function answered(status: number, retryAfterMs: number | null = null): WebhookAnswer {
  return { kind: 'answer', status, body: '', retryAfterMs, ip: '192.0.2.1' };
}

function after(delivery: WebhookDelivery, answer: WebhookAnswer, fraction = 0.5): WebhookDelivery {
  return afterWebhookAttempt(delivery, { answer, startedAt: now - 7, now, fraction });
}

describe('a webhook that is not taken', () => {
  it('comes again after 5 s, 5 m, 30 m, 2 h, 5 h, 10 h and 10 h, and then fails', () => {
    const waits: (number | null)[] = [];
    let delivery = fresh;
    while (delivery.status === 'pending') {
      delivery = after(delivery, answered(500));
      waits.push(delivery.dueAt && delivery.dueAt - now);
    }
    expect(waits).toEqual([5_000, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour, null]);
    expect(delivery).toMatchObject({ status: 'failed', endedAt: now, tries: 8 });
    expect(delivery.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('comes again a little sooner or later than others of its moment', () => {
    const times = [0, 0.25, 0.5, 0.999].map((fraction) => (after(fresh, answered(500), fraction).dueAt ?? 0) - now);
    expect(new Set(times).size).toBe(4);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(4_500);
    expect(Math.max(...times)).toBeLessThanOrEqual(5_500);
  });

  it.each([
    ['a moment', 1_000, 5_000],
    ['an hour', hour, hour],
    ['a year', 365 * 24 * hour, 10 * hour],
  ])('and asks to be left alone for %s is, within bounds', (_, asked, waited) => {
    expect(after(fresh, answered(429, asked)).dueAt).toBe(now + waited);
  });

  it.each([301, 302, 307, 308])('because it redirects (%i) is not followed', (status) => {
    expect(after(fresh, answered(status))).toMatchObject({
      status: 'pending',
      attempts: [{ outcome: 'failed', status, error: null, durationMs: 7 }],
    });
  });

  it('for want of an answer says why', () => {
    const error = { kind: 'error', code: 'answer_timeout', detail: 'It did not answer.', ip: null } as const;
    expect(after(fresh, error).attempts).toEqual([
      {
        attempt: 1,
        startedAt: now - 7,
        durationMs: 7,
        outcome: 'failed',
        ip: null,
        status: null,
        body: null,
        error: { code: 'answer_timeout', detail: 'It did not answer.' },
      },
    ]);
  });
});

describe('a webhook delivery', () => {
  it.each([200, 201, 202, 204, 299])('is delivered by an answer of %i', (status) => {
    expect(after(fresh, answered(status))).toMatchObject({
      status: 'delivered',
      dueAt: null,
      endedAt: now,
      version: 2,
    });
  });

  it('ends at once where the endpoint is gone (410)', () => {
    expect(after(fresh, answered(410))).toMatchObject({ status: 'failed', dueAt: null, endedAt: now, version: 2 });
  });

  it('keeps its attempts over a replay, and counts on', () => {
    const replayed = replayedDelivery(after(fresh, answered(410)), now + 1);
    expect(replayed).toMatchObject({ status: 'pending', dueAt: now + 1, tries: 0, endedAt: null, version: 3 });
    expect(after(replayed, answered(200)).attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'failed'],
      [2, 'delivered'],
    ]);
  });

  it('keeps the newest 50 attempts', () => {
    let delivery = fresh;
    for (let round = 0; round < 60; round++) delivery = replayedDelivery(after(delivery, answered(410)), now);
    expect([delivery.attempts.length, delivery.attempts.at(-1)?.attempt]).toEqual([50, 60]);
  });

  it('can end without an attempt', () => {
    expect(endedDelivery(fresh, 'failed', now)).toEqual({
      ...fresh,
      status: 'failed',
      version: 2,
      dueAt: null,
      endedAt: now,
    });
  });
});
