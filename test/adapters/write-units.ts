import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

import { type IndexKeys, writeUnits } from '../../bench/cost/dynamodb-units.ts';
import { type Item, tableDefinition } from '../../functions/adapters/dynamodb-table.ts';
import type { AwsCall } from './faulty-proxy.ts';

const indexes: readonly IndexKeys[] = (tableDefinition.GlobalSecondaryIndexes ?? []).map(({ KeySchema = [] }) =>
  KeySchema.map(({ AttributeName = '' }) => AttributeName),
);

/**
 * Counts the write units of the calls it is shown, as DynamoDB charges them on demand. `client` looks at the items before and
 * after and must not pass by the meter.
 */
export function createWriteMeter(client: DynamoDBClient): {
  /** To be called before the write, and what it answers after it: that answers with the units of this one. */
  readonly around: (call: AwsCall) => Promise<() => Promise<number>>;
  units: number;
} {
  const meter = {
    units: 0,
    async around({ operation, body }: AwsCall): Promise<() => Promise<number>> {
      if (!/^(?:Put|Update|Delete)Item$/.test(operation)) return async () => 0;
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
        const units = writeUnits(before, after, indexes);
        meter.units += units;
        return units;
      };
    },
  };
  return meter;
}
