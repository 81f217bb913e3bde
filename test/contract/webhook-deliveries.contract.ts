import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { newEventId } from '../../functions/core/event-id.ts';
import type { ProjectId, WebhookId } from '../../functions/core/ids.ts';
import type { WebhookDeliveries } from '../../functions/core/ports/webhook-deliveries.ts';
import type { Webhooks } from '../../functions/core/ports/webhooks.ts';
import {
  afterWebhookAttempt,
  endedDelivery,
  replayedDelivery,
  type WebhookDelivery,
} from '../../functions/core/webhooks/webhook-delivery.ts';
import { now } from './samples.ts';
import { eventOf, webhookOf } from './webhook-samples.ts';

export type WebhookDeliveriesUnderTest = {
  readonly webhooks: Webhooks;
  readonly deliveries: WebhookDeliveries;
  /** What may be sent to an endpoint at `at`: of each stream the first that has not ended, if it is due; as if sent at once. */
  readonly take: (webhookId: WebhookId, streams: readonly string[], at: number) => Promise<readonly WebhookDelivery[]>;
  readonly dispose: () => Promise<void>;
};

/** What webhook deliveries promise, whatever they stand on. */
export function describeWebhookDeliveries(name: string, make: () => Promise<WebhookDeliveriesUnderTest>): void {
  describe(`the webhook deliveries on ${name}`, () => {
    const webhook = webhookOf();
    let under: WebhookDeliveriesUnderTest;
    let deliveries: WebhookDeliveries;
    beforeEach(async () => {
      under = await make();
      ({ deliveries } = under);
      await under.webhooks.add(webhook);
    });
    afterEach(() => under.dispose());

    it('owe an event to each endpoint of its project that wants it, once', async () => {
      const tagged = webhookOf({ events: ['email.bounced'] });
      const second = webhookOf();
      const foreign = webhookOf({ projectId: 'prj_other' as ProjectId });
      for (const one of [tagged, second, foreign]) await under.webhooks.add(one);
      const event = eventOf();
      for (let times = 0; times < 2; times++) await deliveries.append(event);
      const owed = {
        event,
        status: 'pending',
        version: 1,
        dueAt: now,
        tries: 0,
        endedAt: null,
        attempts: [],
      };
      for (const { id } of [webhook, second]) {
        expect(await deliveries.find(id, event.id)).toEqual({ webhookId: id, ...owed });
        expect(await deliveries.list(id, { limit: 10, before: null, status: null })).toHaveLength(1);
      }
      for (const { id } of [tagged, foreign]) expect(await deliveries.find(id, event.id)).toBeNull();
    });

    it('leave alone what was owed before, whatever became of it', async () => {
      const event = eventOf();
      await deliveries.append(event);
      const [first] = await under.take(webhook.id, [event.stream], now);
      if (first === undefined) throw new Error('It is due.');
      const ended = endedDelivery(first, 'delivered', now + 1);
      await deliveries.commit(ended, now + 1);
      await deliveries.append(event);
      expect(await deliveries.find(webhook.id, event.id)).toEqual(ended);
    });

    it('fence out whoever has an older version', async () => {
      const event = eventOf();
      await deliveries.append(event);
      const [taken] = await under.take(webhook.id, [event.stream], now);
      if (taken === undefined) throw new Error('It is due.');
      const ended = endedDelivery(taken, 'failed', now + 1);
      expect(await deliveries.commit(ended, now + 1)).toBe('committed');
      expect(await deliveries.commit(endedDelivery(taken, 'delivered', now + 2), now + 2)).toBe('fenced');
      expect(await deliveries.find(webhook.id, event.id)).toEqual(ended);
      const replayed = replayedDelivery(ended, now + 3);
      expect(await deliveries.commit(replayed, now + 3)).toBe('committed');
      expect(await deliveries.find(webhook.id, event.id)).toEqual(replayed);
      expect(await under.take(webhook.id, [event.stream], now + 3)).toHaveLength(1);
    });

    it('keep every attempt, awkward as its answer may be', async () => {
      const event = eventOf();
      await deliveries.append(event);
      const [taken] = await under.take(webhook.id, [event.stream], now);
      if (taken === undefined) throw new Error('It is due.');
      const answer = { kind: 'answer', status: 500, body: '"no" \\ \u{1f4ed}', retryAfterMs: null, ip: '::1' } as const;
      const next = afterWebhookAttempt(taken, { answer, startedAt: now, now: now + 9, fraction: 0.5 });
      await deliveries.commit(next, now + 9);
      expect(await deliveries.find(webhook.id, event.id)).toEqual(next);
    });

    it('let the events of a stream go one after the other, those of others beside them', async () => {
      const [first, second, third] = [0, 1, 2].map((place) => eventOf({ stream: 'one', place, at: now + place }));
      const alone = eventOf({ stream: 'two' });
      if (first === undefined || second === undefined || third === undefined) throw new Error('There are three.');
      for (const event of [first, second, alone, third]) await deliveries.append(event);
      const take = async (at: number): Promise<readonly WebhookDelivery[]> =>
        await under.take(webhook.id, ['one', 'two'], at);
      const idsOf = (all: readonly WebhookDelivery[]) => all.map(({ event }) => event.id).toSorted();

      const one = await take(now + 10);
      expect(idsOf(one)).toEqual([first.id, alone.id].toSorted());
      const [head] = one.filter(({ event }) => event.id === first.id);
      if (head === undefined) throw new Error('The first is due.');
      const failed = { kind: 'answer', status: 500, body: '', retryAfterMs: null, ip: null } as const;
      const later = afterWebhookAttempt(head, { answer: failed, startedAt: now, now, fraction: 0.5 });
      await deliveries.commit(later, now);
      for (const other of one) {
        if (other !== head) await deliveries.commit(endedDelivery(other, 'delivered', now), now);
      }
      // Nobody overtakes the one that waits for its retry.
      expect(await take(now + 4_999)).toEqual([]);
      const [again] = await take(now + 5_000);
      expect(again?.event.id).toBe(first.id);
      if (again === undefined) throw new Error('The first is due again.');
      await deliveries.commit(endedDelivery(again, 'failed', now + 5_001), now + 5_001);
      const [next] = await take(now + 5_001);
      expect(next?.event.id).toBe(second.id);
      if (next === undefined) throw new Error('The second is due.');
      await deliveries.commit(endedDelivery(next, 'delivered', now + 5_002), now + 5_002);
      expect(idsOf(await take(now + 5_002))).toEqual([third.id]);
    });

    it('are listed by their time, the newest first, page by page and by status', async () => {
      const events = [0, 1, 2, 3, 4].map((index) => eventOf({ at: now + index }));
      for (const event of events) await deliveries.append(event);
      const [oldest] = await under.take(webhook.id, [events[0]?.stream ?? ''], now);
      if (oldest === undefined) throw new Error('It is due.');
      await deliveries.commit(endedDelivery(oldest, 'failed', now), now);
      const newestFirst = events.map(({ id }) => id).toReversed();
      const list = async (...[limit, before, status]: [number, (typeof newestFirst)[number] | null, 'failed' | null]) =>
        (await deliveries.list(webhook.id, { limit, before, status })).map(({ event }) => event.id);
      expect(await list(10, null, null)).toEqual(newestFirst);
      expect(await list(2, null, null)).toEqual(newestFirst.slice(0, 2));
      expect(await list(10, newestFirst[1] ?? null, null)).toEqual(newestFirst.slice(2));
      expect(await list(1, null, 'failed')).toEqual(newestFirst.slice(-1));
      expect(await deliveries.find(webhook.id, newEventId(now, systemRandom))).toBeNull();
    });
  });
}
