import type { EventId, WebhookId } from '../core/ids.ts';
import type { WebhookDeliveryWalk } from '../core/ports/webhook-deliveries.ts';
import type { WebhookStream, WebhookStreams } from '../core/ports/webhook-streams.ts';
import type { Webhooks } from '../core/ports/webhooks.ts';
import type { ProjectEvent } from '../core/events/project-event.ts';
import { wants } from '../core/webhooks/webhook.ts';
import type { WebhookDelivery } from '../core/webhooks/webhook-delivery.ts';
import { queryItems, queryPages, readItem, write } from './dynamodb-calls.ts';
import { hookIn, hookItemOf, hookKey, hookShards } from './dynamodb-hook-items.ts';
import { firstInStream, joinStream, leaveStream } from './dynamodb-hook-stream.ts';
import { keyOf } from './dynamodb-keys.ts';
import { readItems } from './dynamodb-read-items.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';

const membersPerLook = 100;

/**
 * Webhook deliveries in DynamoDB: a partition an endpoint, an item an event, and beside it an item for its place in its stream
 * while it is pending. The table's time to live ends those that ended long ago.
 */
export function createDynamodbWebhookDeliveries(
  table: DynamodbTable,
  webhooks: Pick<Webhooks, 'list'>,
): WebhookStreams {
  return {
    async append(event) {
      const wanting = (await webhooks.list(event.projectId)).filter((webhook) => wants(webhook, event));
      await Promise.all(wanting.map(({ id }) => appendTo(table, id, event)));
    },
    find: (webhookId, eventId) => find(table, webhookId, eventId),
    list: (webhookId, walk) => list(table, webhookId, walk),
    commit: (next) => commit(table, next),
    claim: (stream, now, leaseUntil) => claim(table, stream, now, leaseUntil),
    overdue: (now, limit, hiddenUntil) => overdue(table, now, limit, hiddenUntil),
  };
}

async function find(table: DynamodbTable, webhookId: WebhookId, eventId: EventId): Promise<WebhookDelivery | null> {
  const item = await readItem(table, hookKey(webhookId, eventId));
  return item === null ? null : hookIn(item);
}

async function appendTo(table: DynamodbTable, webhookId: WebhookId, event: ProjectEvent): Promise<void> {
  if ((await readItem(table, hookKey(webhookId, event.id))) !== null) return;
  await joinStream(table, webhookId, event);
  const first = await firstInStream(table, webhookId, event.stream);
  const isFirst = first === null || first.id === event.id;
  const owed: WebhookDelivery = {
    webhookId,
    event,
    status: 'pending',
    version: 1,
    dueAt: isFirst ? event.at : null,
    tries: 0,
    endedAt: null,
    attempts: [],
  };
  await write(table, {
    kind: 'put',
    input: { Item: hookItemOf(owed, table.clock.now()), ConditionExpression: 'attribute_not_exists(pk)' },
  });
}

async function commit(table: DynamodbTable, next: WebhookDelivery): Promise<'committed' | 'fenced'> {
  const { webhookId, event } = next;
  // A round that begins anew has left its stream before.
  if (next.status === 'pending' && next.tries === 0) await joinStream(table, webhookId, event);
  const item = hookItemOf(next, table.clock.now());
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: item,
      ConditionExpression: 'v = :before',
      ExpressionAttributeValues: { ':before': { N: String(next.version - 1) } },
    },
  });
  if (put.kind === 'refused' && !(await isStored(table, item))) return 'fenced';
  if (next.status !== 'pending') await leaveStream(table, webhookId, event);
  return 'committed';
}

// The answer to our own write was lost, and the SDK has sent it twice.
async function isStored(table: DynamodbTable, item: Item): Promise<boolean> {
  const stored = await readItem(table, { pk: item['pk'] ?? { S: '' }, sk: item['sk'] ?? { S: '' } });
  return stored !== null && ['v', 's', 'r', 'a', 'y'].every((name) => same(stored[name], item[name]));
}

function same(one: Item[string] | undefined, other: Item[string] | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function list(
  table: DynamodbTable,
  webhookId: WebhookId,
  { limit, before, status }: WebhookDeliveryWalk,
): Promise<readonly WebhookDelivery[]> {
  const found: WebhookDelivery[] = [];
  const pages = queryPages(table, {
    KeyConditionExpression: before === null ? 'pk = :pk' : 'pk = :pk AND sk < :before',
    ExpressionAttributeValues: {
      ':pk': { S: `hook#${webhookId}` },
      ...(before !== null && { ':before': { S: before } }),
    },
    ScanIndexForward: false,
    ConsistentRead: true,
    Limit: Math.max(limit, membersPerLook),
  });
  for await (const page of pages) {
    found.push(...page.map(hookIn).filter((one) => status === null || one.status === status));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

// One write; the due index keeps its entry, which is looked at again when the lease has ended too.
async function claim(
  table: DynamodbTable,
  stream: WebhookStream,
  now: number,
  leaseUntil: number,
): Promise<WebhookDelivery | null> {
  const first = await head(table, stream);
  if (first === null || (first.dueAt ?? now) > now) return null;
  const claimed = { ...first, version: first.version + 1, dueAt: leaseUntil };
  const update = await write(table, {
    kind: 'update',
    input: {
      Key: hookKey(first.webhookId, first.event.id),
      UpdateExpression: 'SET v = :next, y = :lease',
      ConditionExpression: 'v = :seen',
      ExpressionAttributeValues: {
        ':next': { N: String(claimed.version) },
        ':lease': { N: String(leaseUntil) },
        ':seen': { N: String(first.version) },
      },
    },
  });
  return update.kind === 'written' ? claimed : null;
}

// Whoever ended an event may have stopped before it left its stream; it is taken out by the next who looks.
async function head(table: DynamodbTable, { webhookId, stream }: WebhookStream): Promise<WebhookDelivery | null> {
  for (;;) {
    const first = await firstInStream(table, webhookId, stream);
    if (first === null) return null;
    const delivery = await find(table, webhookId, first.id);
    // It is just being put there, and whoever does it sends it.
    if (delivery === null) return null;
    if (delivery.status === 'pending') return delivery;
    await leaveStream(table, webhookId, first);
  }
}

async function overdue(
  table: DynamodbTable,
  now: number,
  limit: number,
  hiddenUntil: number,
): Promise<readonly WebhookStream[]> {
  const shards = await Promise.all(hookShards.map((shard) => dueInShard(table, shard, now, limit)));
  const listed = shards.flat().slice(0, limit);
  const keys = listed.map((item) => keyOf(textOf(item, 'pk'), textOf(item, 'sk')));
  const items = await readItems(table, keys, 'consistent');
  const due = items.filter((item) => item['x'] !== undefined && (numberOf(item, 'd') ?? Infinity) <= now);
  const hidden = await Promise.all(due.map(async (item) => ((await hide(table, item, hiddenUntil)) ? [item] : [])));
  const streams = hidden.flat().map((item) => {
    const { webhookId, event } = hookIn(item);
    return { projectId: event.projectId, webhookId, stream: event.stream };
  });
  return [...new Map(streams.map((one) => [`${one.webhookId} ${one.stream}`, one])).values()];
}

async function dueInShard(table: DynamodbTable, shard: string, now: number, limit: number): Promise<readonly Item[]> {
  return await queryItems(
    table,
    {
      IndexName: 'due',
      KeyConditionExpression: 'x = :shard AND d <= :now',
      ExpressionAttributeValues: { ':shard': { S: shard }, ':now': { N: String(now) } },
    },
    limit,
  );
}

async function hide(table: DynamodbTable, item: Item, until: number): Promise<boolean> {
  const update = await write(table, {
    kind: 'update',
    input: {
      Key: keyOf(textOf(item, 'pk'), textOf(item, 'sk')),
      UpdateExpression: 'SET d = :until',
      ConditionExpression: 'd = :seen',
      ExpressionAttributeValues: { ':until': { N: String(until) }, ':seen': item['d'] ?? { N: '0' } },
    },
  });
  return update.kind === 'written';
}
