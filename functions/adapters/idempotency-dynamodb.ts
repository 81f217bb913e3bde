import { limits } from '../core/limits.ts';
import type { Idempotency } from '../core/ports/idempotency.ts';
import type { Random } from '../core/ports/random.ts';
import { readItem, write } from './dynamodb-calls.ts';
import { keptAnswerKey, reservedMs, resolveAnswer } from './dynamodb-kept-answers.ts';
import { keyOf } from './dynamodb-keys.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

const ownerBytes = 9;
const triesPerKey = 3;

/**
 * Idempotency on DynamoDB. A reservation is an item that runs out by itself, and that the kept answer replaces
 * (dynamodb-gates.ts). The table's time to live ends the retention; `purge` has nothing to do and answers 0.
 */
export function createDynamodbIdempotency(table: DynamodbTable, random: Random): Idempotency {
  const owned = new Map<string, string>();
  return {
    async begin(request, now) {
      const pk = keptAnswerKey(request);
      const owner = Buffer.from(random.bytes(ownerBytes)).toString('base64url');
      for (let tries = 1; tries <= triesPerKey; tries++) {
        const reserved = await reserve(table, pk, owner, now);
        if (reserved === 'reserved') {
          owned.set(pk, owner);
          return { kind: 'fresh' };
        }
        const standing = reserved === null ? null : await resolveAnswer(table, reserved, now);
        if (standing?.kind === 'kept') return standing;
        if (standing?.kind === 'running') return { kind: 'running' };
      }
      return { kind: 'running' };
    },
    async release(request) {
      const pk = keptAnswerKey(request);
      const owner = owned.get(pk);
      owned.delete(pk);
      if (owner === undefined) return;
      // Most reservations have become kept answers; to find that out costs less than a delete that is refused.
      const item = await readItem(table, keyOf(pk));
      if (item === null || textOf(item, 'w') !== owner) return;
      await write(table, {
        kind: 'delete',
        input: {
          Key: keyOf(pk),
          ConditionExpression: 'w = :owner',
          ExpressionAttributeValues: { ':owner': { S: owner } },
        },
      });
    },
    purge: async () => 0,
  };
}

/** `reserved`, or the item that is in the way; `null` when that has just gone. */
async function reserve(
  table: DynamodbTable,
  pk: string,
  owner: string,
  now: number,
): Promise<'reserved' | Item | null> {
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: {
        ...keyOf(pk),
        w: { S: owner },
        y: { N: String(now + reservedMs) },
        z: { N: String(Math.ceil((now + limits.idempotencyMs) / 1_000)) },
      },
      ConditionExpression: 'attribute_not_exists(pk) OR y <= :now OR t <= :old',
      ExpressionAttributeValues: {
        ':now': { N: String(now) },
        ':old': { N: String(now - limits.idempotencyMs) },
      },
    },
  });
  if (put.kind === 'written') return 'reserved';
  const item = await readItem(table, keyOf(pk));
  // The answer to our own write may have been lost, and the SDK has sent it twice.
  return item !== null && textOf(item, 'w') === owner ? 'reserved' : item;
}
