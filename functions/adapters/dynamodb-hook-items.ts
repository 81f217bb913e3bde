import type { EventId, WebhookId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { ProjectEvent } from '../core/events/project-event.ts';
import type { WebhookAttempt, WebhookDelivery } from '../core/webhooks/webhook-delivery.ts';
import { keyOf } from './dynamodb-keys.ts';
import { shardOf } from './dynamodb-shard-of.ts';
import { type Item, numberOf, textOf } from './dynamodb-table.ts';

/** Two writes to the index a delivery; each partition takes 1,000 a second. */
const shardCount = 4;
/** What is due is looked for this much later: by then whoever was told of it by the queue has done it. */
const graceMs = 60_000;

/** The partitions of the due index that webhook deliveries have to themselves. */
export const hookShards: readonly string[] = Array.from({ length: shardCount }, (_, shard) => `xhook${shard}`);

/** The key of a delivery: a partition an endpoint, where events sort by their time. */
export function hookKey(webhookId: WebhookId, eventId: EventId): Item {
  return keyOf(`hook#${webhookId}`, eventId);
}

/** The item of a delivery; while it is pending, the due index names it a little after its time. */
export function hookItemOf(delivery: WebhookDelivery, now: number): Item {
  const { webhookId, event, status, version, dueAt, tries, endedAt, attempts } = delivery;
  return {
    ...hookKey(webhookId, event.id),
    e: { S: JSON.stringify(event) },
    r: { S: JSON.stringify(attempts) },
    s: { S: status },
    v: { N: String(version) },
    a: { N: String(tries) },
    ...(dueAt !== null && { y: { N: String(dueAt) } }),
    ...(status === 'pending' && {
      x: { S: hookShards[shardOf(event.id, shardCount)] ?? '' },
      d: { N: String(Math.max(now, dueAt ?? now) + graceMs) },
    }),
    ...(endedAt !== null && {
      t: { N: String(endedAt) },
      z: { N: String(Math.ceil((endedAt + limits.webhookLogMs) / 1_000)) },
    }),
  };
}

/** The delivery in an item. */
export function hookIn(item: Item): WebhookDelivery {
  return {
    webhookId: textOf(item, 'pk').slice('hook#'.length) as WebhookId,
    event: JSON.parse(textOf(item, 'e')) as ProjectEvent,
    status: textOf(item, 's') as WebhookDelivery['status'],
    version: numberOf(item, 'v') ?? 0,
    dueAt: numberOf(item, 'y'),
    tries: numberOf(item, 'a') ?? 0,
    endedAt: numberOf(item, 't'),
    attempts: JSON.parse(textOf(item, 'r')) as readonly WebhookAttempt[],
  };
}
