import type { Random } from '../core/ports/random.ts';
import type { ShapingState } from '../core/ports/shaping-state.ts';
import { readItem } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { putUnderCondition } from './dynamodb-put.ts';
import { type DynamodbTable, numberOf, textOf } from './dynamodb-table.ts';

const writerBytes = 6;

/** Shared records of shaping in the table, each an item by itself; the table's time to live forgets them. */
export function createDynamodbShapingState(table: DynamodbTable, random: Random): ShapingState {
  return {
    async read(name) {
      const item = await readItem(table, keyOf(`shaping#${name}`));
      return item === null
        ? null
        : { version: numberOf(item, 'v') ?? 0, value: JSON.parse(textOf(item, 'j')) as unknown };
    },
    async replace(name, { version, value }, keepUntil) {
      const item = {
        ...keyOf(`shaping#${name}`),
        v: { N: String(version) },
        j: { S: JSON.stringify(value) },
        w: { S: Buffer.from(random.bytes(writerBytes)).toString('base64url') },
        z: { N: String(Math.ceil(keepUntil / 1_000)) },
      };
      const condition =
        version === 1
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'v = :before',
              ExpressionAttributeValues: { ':before': { N: String(version - 1) } },
            };
      return (await putUnderCondition(table, item, condition)) === 'written';
    },
    purge: async () => undefined,
  };
}
