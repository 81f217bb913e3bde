import { describe, expect, it } from 'vitest';

import type { WebhookDeliveries } from '../../../functions/core/ports/webhook-deliveries.ts';
import { limits } from '../../../functions/core/limits.ts';
import { replayFailedWebhooks } from '../../../functions/core/webhooks/replay-failed-webhooks.ts';
import type { WebhookDelivery } from '../../../functions/core/webhooks/webhook-delivery.ts';
import { derivedEventId } from '../../../functions/core/event-id.ts';
import { now } from '../../contract/samples.ts';
import { eventOf, webhookOf } from '../../contract/webhook-samples.ts';

const webhook = webhookOf();
const everything = { since: 0, until: now * 2, types: null };
const clock = { now: () => now * 2, sleep: async () => undefined };

/** So many failed deliveries, one a second, in the order of their times. */
function failedOnes(count: number): WebhookDelivery[] {
  return Array.from({ length: count }, (_, index) => {
    const at = now + index * 1_000;
    const event = { ...eventOf(), id: derivedEventId(at, [index]), at, stream: `stream ${index % 7}`, place: index };
    return {
      webhookId: webhook.id,
      event,
      status: 'failed',
      version: 3,
      dueAt: null,
      tries: 8,
      endedAt: at,
      attempts: [],
    };
  });
}

/** A log in memory, which keeps what is committed and fences out who is late. */
function logOf(all: WebhookDelivery[]): Pick<WebhookDeliveries, 'list' | 'commit'> & { looks: number } {
  const log = {
    looks: 0,
    list: async (_id: unknown, { limit, before, status }: Parameters<WebhookDeliveries['list']>[1]) => {
      log.looks++;
      const older = all.filter(
        ({ event, status: stands }) => stands === status && (before === null || event.id < before),
      );
      return older.toReversed().slice(0, limit);
    },
    commit: async (next: WebhookDelivery) => {
      const index = all.findIndex(({ event }) => event.id === next.event.id);
      if (all[index]?.version !== next.version - 1) return 'fenced' as const;
      all[index] = next;
      return 'committed' as const;
    },
  };
  return log;
}

describe('a replay of many', () => {
  it('takes the oldest of the span, in bounded numbers, and goes on when it is asked again', async () => {
    const all = failedOnes(limits.webhookReplays + 40);
    const ports = { deliveries: logOf(all), clock };
    const first = await replayFailedWebhooks(webhook, everything, ports);
    expect(first).toMatchObject({ kind: 'replayed', hasMore: true });
    expect(all.map(({ status }) => status).lastIndexOf('pending')).toBe(limits.webhookReplays - 1);
    const second = await replayFailedWebhooks(webhook, everything, ports);
    expect(second.kind === 'replayed' && [second.deliveries.length, second.hasMore]).toEqual([40, false]);
    expect(all.every(({ status }) => status === 'pending')).toBe(true);
  });

  it('makes only the first of each stream due', async () => {
    const all = failedOnes(14);
    await replayFailedWebhooks(webhook, everything, { deliveries: logOf(all), clock });
    expect(all.map(({ dueAt }) => dueAt === clock.now())).toEqual([...Array(7).fill(true), ...Array(7).fill(false)]);
  });

  it('looks no further back than its span', async () => {
    const all = failedOnes(1_000);
    const log = logOf(all);
    const span = { ...everything, since: now + 990_000, until: now + 995_000 };
    const result = await replayFailedWebhooks(webhook, span, { deliveries: log, clock });
    expect(
      result.kind === 'replayed' &&
        result.deliveries.map(({ event }) => event.place).toSorted((one, other) => one - other),
    ).toEqual([990, 991, 992, 993, 994]);
    expect(log.looks).toBe(1);
  });

  it('gives up where it would have to go through too many, and changes nothing', async () => {
    const all = failedOnes(limits.webhookReplaysLookedThrough + 200);
    const result = await replayFailedWebhooks(webhook, everything, { deliveries: logOf(all), clock });
    expect(result).toEqual({ kind: 'too_many' });
    expect(all.some(({ status }) => status === 'pending')).toBe(false);
  }, 30_000);

  it('leaves to others what they have taken meanwhile', async () => {
    const all = failedOnes(3);
    const log = logOf(all);
    const commit: WebhookDeliveries['commit'] = async (next) =>
      next.event.place === 1 ? 'fenced' : await log.commit(next, now);
    const result = await replayFailedWebhooks(webhook, everything, { deliveries: { ...log, commit }, clock });
    expect(result.kind === 'replayed' && result.deliveries).toHaveLength(2);
  });
});
