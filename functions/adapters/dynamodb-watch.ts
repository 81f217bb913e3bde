import { endDelivery } from '../core/end-delivery.ts';
import { leastEmailIdAt } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import { activeProjects } from './dynamodb-active-projects.ts';
import { queryPages, readItem, write } from './dynamodb-calls.ts';
import { deliveryIn } from './dynamodb-emails.ts';
import { itemsWith } from './dynamodb-find.ts';
import { gateIn, isGateOpen } from './dynamodb-gates.ts';
import { keyIn, keyOf } from './dynamodb-keys.ts';
import { deliveryIdIn } from './dynamodb-names.ts';
import { replaceDelivery } from './dynamodb-replace.ts';
import { dueShardOf, mailShards } from './dynamodb-shards.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';

const cursorKey = keyOf('watch');
/** Time is gone through in slices of at least and at most so much, and so many at a time. */
const leastSliceMs = 60_000;
const mostSliceMs = 15 * 60_000;
const slicesPerLook = 8;
/** Where the watch begins on a table that has never been watched. */
const firstLookBackMs = 60 * 60_000;
const itemsPerRead = 1_000;
const triesPerItem = 5;

/**
 * Looks once at every email, a grace after it was made: by then its first attempts are over, and whatever is not gets its
 * place in the due index, where the sweep finds it when its time comes. Emails whose gate has stayed shut belong to requests
 * that were never answered with 202: their deliveries end, so that no job or late worker can send them.
 *
 * How far it has come is stored, and moves on only when a slice of time is done; several that run at once do no harm.
 */
export function createWatch(table: DynamodbTable): (now: number) => Promise<void> {
  let known = -Infinity;
  return async (now) => {
    const end = now - limits.queuedGraceMs;
    if (known + leastSliceMs > end) return;
    const stored = await readItem(table, cursorKey);
    let from = (stored && numberOf(stored, 't')) ?? end - firstLookBackMs;
    for (let slices = 0; slices < slicesPerLook && from + leastSliceMs <= end; slices++) {
      const to = Math.min(from + mostSliceMs, end);
      await lookBetween(table, from, to, now);
      await moveCursor(table, to);
      from = to;
    }
    known = from;
  };
}

async function moveCursor(table: DynamodbTable, to: number): Promise<void> {
  await write(table, {
    kind: 'update',
    input: {
      Key: cursorKey,
      UpdateExpression: 'SET t = :to',
      ConditionExpression: 'attribute_not_exists(t) OR t < :to',
      ExpressionAttributeValues: { ':to': { N: String(to) } },
    },
  });
}

async function lookBetween(table: DynamodbTable, from: number, to: number, now: number): Promise<void> {
  for (const projectId of await activeProjects(table, from, to)) {
    await Promise.all(mailShards(projectId).map((shard) => lookInShard(table, shard, from, to, now)));
  }
}

async function lookInShard(table: DynamodbTable, shard: string, from: number, to: number, now: number): Promise<void> {
  const pages = queryPages(table, {
    KeyConditionExpression: 'pk = :shard AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':shard': { S: shard },
      ':from': { S: leastEmailIdAt(from) },
      ':to': { S: leastEmailIdAt(to) },
    },
    Limit: itemsPerRead,
  });
  for await (const page of pages) await Promise.all(page.map((item) => lookAt(table, item, now)));
}

async function lookAt(table: DynamodbTable, emailItem: Item, now: number): Promise<void> {
  const items = await itemsWith(table, emailItem);
  const gate = gateIn(emailItem);
  if (gate !== null && !(await isGateOpen(table, gate))) return await endAll(table, items, now);
  if (gate !== null) await forgetGate(table, emailItem);
  await Promise.all(items.filter(isUnseen).map((item) => adopt(table, item)));
}

// Scheduled and deferred deliveries are in the index always.
function isUnseen(item: Item): boolean {
  return item['x'] === undefined && (textOf(item, 's') === 'queued' || textOf(item, 's') === 'sending');
}

async function adopt(table: DynamodbTable, seen: Item): Promise<void> {
  let item: Item | null = seen;
  for (let tries = 1; item !== null && isUnseen(item); tries++) {
    if (tries > triesPerItem) throw new Error('A delivery kept changing while the watch looked at it.');
    const update = await write(table, {
      kind: 'update',
      input: {
        Key: keyIn(item),
        UpdateExpression: 'SET x = :shard',
        ConditionExpression: 'v = :seen AND attribute_not_exists(x)',
        ExpressionAttributeValues: {
          ':shard': { S: dueShardOf(deliveryIdIn(item)) },
          ':seen': item['v'] ?? { N: '0' },
        },
      },
    });
    if (update.kind === 'written') return;
    item = await readItem(table, keyIn(item));
  }
}

// The gate stays, so that nobody finds what never counted; were it opened after all, the end would be seen.
async function endAll(table: DynamodbTable, items: readonly Item[], now: number): Promise<void> {
  const open = items.map(deliveryIn).filter(({ state }) => state !== 'ended');
  await Promise.all(
    open.map((delivery) => replaceDelivery(table, endDelivery(delivery, 'failed', now), { gate: 'keep' })),
  );
}

async function forgetGate(table: DynamodbTable, emailItem: Item): Promise<void> {
  await write(table, {
    kind: 'update',
    input: { Key: keyIn(emailItem), UpdateExpression: 'REMOVE u, un', ConditionExpression: 'attribute_exists(u)' },
  });
}
