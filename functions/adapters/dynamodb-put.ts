import type { AttributeValue, PutItemCommandInput } from '@aws-sdk/client-dynamodb';

import { readItem, write } from './dynamodb-calls.ts';
import { keyIn } from './dynamodb-keys.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';

/**
 * Puts an item under a condition, and knows its own write again: when the answer to it was lost, the SDK has sent it twice, and
 * the second one was refused because of the first. Costs a read then, and nothing otherwise. What tells the item from
 * all others (an id, a digest, a time) has to be in it.
 */
export async function putUnderCondition(
  table: DynamodbTable,
  item: Item,
  condition: Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
): Promise<'written' | 'refused'> {
  const put = await write(table, { kind: 'put', input: { Item: item, ...condition } });
  if (put.kind === 'written') return 'written';
  if (!put.repeated) return 'refused';
  const stored = await readItem(table, keyIn(item));
  return stored !== null && isSame(stored, item) ? 'written' : 'refused';
}

function isSame(stored: Item, item: Item): boolean {
  const names = Object.keys(item);
  return (
    Object.keys(stored).length === names.length && names.every((name) => textIn(stored[name]) === textIn(item[name]))
  );
}

function textIn(value: AttributeValue | undefined): string | undefined {
  return value?.B === undefined ? (value?.S ?? value?.N) : Buffer.from(value.B).toString('base64');
}
