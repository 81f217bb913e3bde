import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

import { type Item, tableDefinition } from '../../functions/adapters/dynamodb-table.ts';
import type { AwsCall } from './faulty-proxy.ts';

const unitBytes = 1024;

/**
 * Counts the write units of the calls it is shown, as DynamoDB charges them on demand: one for each started KB of the larger
 * of the items before and after, also when the condition does not hold; and for each index whose keys the write changes, one
 * to take the old entry out and one to put the new one in. `client` looks at the items and must not pass by the meter.
 */
export function createWriteMeter(client: DynamoDBClient): {
  readonly around: (call: AwsCall) => Promise<() => Promise<void>>;
  units: number;
} {
  const meter = {
    units: 0,
    async around({ operation, body }: AwsCall): Promise<() => Promise<void>> {
      if (!/^(?:Put|Update|Delete)Item$/.test(operation)) return async () => undefined;
      const { TableName, Key, Item: put } = JSON.parse(body) as { TableName: string; Key?: Item; Item?: Item };
      const { pk, sk } = Key ?? put ?? {};
      if (pk === undefined || sk === undefined) throw new Error('A write names a key.');
      const read = async (): Promise<Item> => {
        const command = new GetItemCommand({ TableName, Key: { pk, sk }, ConsistentRead: true });
        return (await client.send(command)).Item ?? {};
      };
      const before = await read();
      return async () => {
        const after = await read();
        meter.units += unitsOf(before, after);
      };
    },
  };
  return meter;
}

/** The size of an item: names and values (Developer Guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function unitsOf(before: Item, after: Item): number {
  const size = Math.max(itemBytes(before), itemBytes(after), 1);
  return (
    Math.ceil(size / unitBytes) +
    (tableDefinition.GlobalSecondaryIndexes ?? []).reduce((sum, index) => {
      const names = (index.KeySchema ?? []).map(({ AttributeName }) => AttributeName ?? '');
      const [old, fresh] = [entryOf(before, names), entryOf(after, names)];
      return old === fresh ? sum : sum + (old === null ? 0 : 1) + (fresh === null ? 0 : 1);
    }, 0)
  );
}

function entryOf(item: Item, names: readonly string[]): string | null {
  return names.every((name) => name in item) ? JSON.stringify(names.map((name) => item[name])) : null;
}

function valueBytes({ S, N, B }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (B !== undefined) return B.length;
  return Math.ceil((N ?? '').length / 2) + 1;
}
