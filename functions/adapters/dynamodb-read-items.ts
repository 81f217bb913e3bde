import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';

import { fromAws } from './aws-errors.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';

/** BatchGetItem takes so many keys, each once. */
const keysPerRead = 100;
const readsPerKey = 8;
const firstPauseMs = 50;

/** Items by their keys, in no order; those that are not there are left out. */
export async function readItems(
  table: DynamodbTable,
  keys: readonly Item[],
  consistency: 'consistent' | 'eventual',
): Promise<readonly Item[]> {
  const distinct = [...new Map(keys.map((key) => [JSON.stringify([key['pk'], key['sk']]), key])).values()];
  const batches: Item[][] = [];
  for (let start = 0; start < distinct.length; start += keysPerRead) {
    batches.push(distinct.slice(start, start + keysPerRead));
  }
  const items = await Promise.all(batches.map((batch) => readBatch(table, batch, consistency === 'consistent')));
  return items.flat();
}

// Under load the service answers part of a batch and names the rest.
async function readBatch(table: DynamodbTable, keys: readonly Item[], consistent: boolean): Promise<Item[]> {
  const items: Item[] = [];
  let waiting: readonly Item[] = keys;
  let pauseMs = firstPauseMs;
  for (let reads = 1; ; reads++) {
    const request = { [table.name]: { Keys: [...waiting], ConsistentRead: consistent } };
    const answer = await fromAws('DynamoDB', () =>
      table.client.send(new BatchGetItemCommand({ RequestItems: request })),
    );
    items.push(...(answer.Responses?.[table.name] ?? []));
    waiting = answer.UnprocessedKeys?.[table.name]?.Keys ?? [];
    if (waiting.length === 0) return items;
    if (reads === readsPerKey) throw new Error(`DynamoDB left ${waiting.length} items unread.`);
    await table.clock.sleep(pauseMs);
    pauseMs *= 2;
  }
}
