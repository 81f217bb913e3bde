import type { KeptOwed, Owed } from '../core/events/owed.ts';
import type { OwedEvents } from '../core/ports/owed-events.ts';
import type { Random } from '../core/ports/random.ts';
import { queryItems, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { readItems } from './dynamodb-read-items.ts';
import { shardOf } from './dynamodb-shard-of.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';

const shardCount = 4;
const shards = Array.from({ length: shardCount }, (_, shard) => `xowed${shard}`);
const idBytes = 16;
/** Whoever is told by the queue has looked by then. */
const graceMs = 60_000;

/** What endpoints may be owed, in DynamoDB: an item each, in the due index from the beginning. */
export function createDynamodbOwedEvents(table: DynamodbTable, random: Random): OwedEvents {
  return {
    async keep(owed) {
      const id = Buffer.from(random.bytes(idBytes)).toString('base64url');
      const due = table.clock.now() + graceMs;
      await write(table, { kind: 'put', input: { Item: itemOf({ id, owed }, due) } });
      return { id, owed };
    },
    async forget(id) {
      await write(table, { kind: 'delete', input: { Key: keyOf(`owed#${id}`) } });
    },
    async left(now, limit, hiddenUntil) {
      const listed = await Promise.all(shards.map((shard) => dueInShard(table, shard, now, limit)));
      const keys = listed.flat().slice(0, limit);
      const items = await readItems(
        table,
        keys.map((item) => keyOf(textOf(item, 'pk'))),
        'consistent',
      );
      const due = items.filter((item) => (numberOf(item, 'd') ?? Infinity) <= now);
      const taken = await Promise.all(due.map((item) => hide(table, item, hiddenUntil)));
      return taken.filter((one) => one !== null);
    },
  };
}

async function hide(table: DynamodbTable, item: Item, until: number): Promise<KeptOwed | null> {
  const update = await write(table, {
    kind: 'update',
    input: {
      Key: keyOf(textOf(item, 'pk')),
      UpdateExpression: 'SET d = :until',
      ConditionExpression: 'd = :seen',
      ExpressionAttributeValues: { ':until': { N: String(until) }, ':seen': item['d'] ?? { N: '0' } },
    },
  });
  if (update.kind === 'refused') return null;
  return { id: textOf(item, 'pk').slice('owed#'.length), owed: JSON.parse(textOf(item, 'j')) as Owed };
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

function itemOf({ id, owed }: KeptOwed, due: number): Item {
  return {
    ...keyOf(`owed#${id}`),
    x: { S: shards[shardOf(id, shardCount)] ?? '' },
    d: { N: String(due) },
    j: { S: JSON.stringify(owed) },
  };
}
