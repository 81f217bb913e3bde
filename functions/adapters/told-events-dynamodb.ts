import type { EventId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { ToldEvents } from '../core/ports/told-events.ts';
import { readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import type { DynamodbTable } from './dynamodb-table.ts';

/** Which events targets have taken, in DynamoDB: an item for each delivery and target, until nothing of it can be told any more. */
export function createDynamodbToldEvents(table: DynamodbTable): ToldEvents {
  return {
    async read(target, delivery) {
      const item = await readItem(table, keyOf(`told#${delivery}`, target));
      return new Set((item?.['e']?.SS ?? []) as EventId[]);
    },
    async replace(target, delivery, told) {
      const z = Math.ceil((table.clock.now() + limits.webhookLogMs) / 1_000);
      const Item = { ...keyOf(`told#${delivery}`, target), e: { SS: [...told] }, z: { N: String(z) } };
      await write(table, { kind: 'put', input: { Item } });
    },
  };
}
