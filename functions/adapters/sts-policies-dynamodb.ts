import type { KeptStsPolicy, StsPolicies } from '../core/ports/sts-policies.ts';
import { queryItems, readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { readItems } from './dynamodb-read-items.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

/** The partition of the due index that policies have to themselves, by the time of their last check. */
const shard = 'xsts';

/**
 * MTA-STS policies in DynamoDB, an item a domain, until the table's time to live takes it. It is written by updates alone, so
 * that a worker needs no right to put items.
 */
export function createDynamodbStsPolicies(table: DynamodbTable): StsPolicies {
  return {
    async find(domain) {
      const item = await readItem(table, itemKey(domain));
      return item === null ? null : keptIn(item);
    },
    async keep(kept) {
      await write(table, {
        kind: 'update',
        input: {
          Key: itemKey(kept.domain),
          UpdateExpression: 'SET x = :shard, c = :fetched, d = :checked, z = :gone, j = :record',
          ConditionExpression: 'attribute_not_exists(pk) OR c < :fetched OR (c = :fetched AND d <= :checked)',
          ExpressionAttributeValues: {
            ':shard': { S: shard },
            ':fetched': { N: String(kept.fetchedAt) },
            ':checked': { N: String(kept.checkedAt) },
            ':gone': { N: String(Math.ceil(kept.expiresAt / 1_000)) },
            ':record': { S: JSON.stringify(kept) },
          },
        },
      });
    },
    async unchecked(before, now, limit) {
      const listed = await queryItems(
        table,
        {
          IndexName: 'due',
          KeyConditionExpression: 'x = :shard AND d < :before',
          ExpressionAttributeValues: { ':shard': { S: shard }, ':before': { N: String(before) } },
        },
        limit,
      );
      const keys = listed.map((item) => keyOf(textOf(item, 'pk'), textOf(item, 'sk')));
      const kept = (await readItems(table, keys, 'consistent')).map(keptIn);
      return kept
        .filter(({ checkedAt, expiresAt }) => checkedAt < before && expiresAt > now)
        .toSorted((left, right) => left.checkedAt - right.checkedAt);
    },
  };
}

function itemKey(domain: string): Item {
  return keyOf(`sts#${domain}`);
}

function keptIn(item: Item): KeptStsPolicy {
  return JSON.parse(textOf(item, 'j')) as KeptStsPolicy;
}
