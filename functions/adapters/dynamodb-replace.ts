import type { Delivery, Email } from '../core/email.ts';
import { write } from './dynamodb-calls.ts';
import { deliveryAttributes } from './dynamodb-emails.ts';
import { deliveryKey } from './dynamodb-keys.ts';
import { packEmail } from './dynamodb-records.ts';
import { dueShardOf } from './dynamodb-shards.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';

/** What may be absent from a delivery's item, and is taken out when it no longer applies. */
const optional = ['a', 'c', 'd', 'o', 'w', 'x'] as const;

type Replacing = { readonly owner?: string; readonly gate?: 'open' | 'keep'; readonly email?: Email | null };

/**
 * Writes a delivery in the place of the version before it, in the due index as long as anything is due; `false` when another
 * version is stored. `owner` marks a claim. The gate before it, if any, is open and need not be asked for again, unless
 * `gate` says to keep it. `email` goes into the same item, which has to be that of the first delivery.
 */
export async function replaceDelivery(
  table: DynamodbTable,
  next: Delivery,
  { owner, gate = 'open', email = null }: Replacing = {},
): Promise<boolean> {
  const attributes: Item = {
    ...deliveryAttributes(next),
    ...(owner !== undefined && { w: { S: owner } }),
    ...(email !== null && { e: { S: packEmail(email) } }),
    ...(next.dueAt !== null && { x: { S: dueShardOf(next.id) } }),
  };
  const removed = [...optional.filter((name) => !(name in attributes)), ...(gate === 'open' ? ['u', 'un'] : [])];
  const set = Object.keys(attributes).map((name) => `${name} = :${name}`);
  const values = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value]));
  const update = await write(table, {
    kind: 'update',
    input: {
      Key: deliveryKey(next),
      UpdateExpression: `SET ${set.join(', ')}${removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : ''}`,
      ConditionExpression: 'v = :before',
      ExpressionAttributeValues: { ...values, ':before': { N: String(next.version - 1) } },
    },
  });
  return update.kind === 'written';
}
