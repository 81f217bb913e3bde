import type { ProjectId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { FullMailboxes } from '../core/ports/full-mailboxes.ts';
import { write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';

/**
 * Full mailboxes in DynamoDB: an item an address, with a set of days; a note is one write of a unit. The table's time to live
 * ends what has not been added to for as long as days count; before that, days that no longer count may stand beside others.
 */
export function createDynamodbFullMailboxes(table: DynamodbTable): FullMailboxes {
  return {
    async note(projectId, canonical, day, since) {
      const endsAt = Math.ceil((table.clock.now() + limits.fullMailboxWindowMs) / 1_000);
      const noted = await write(table, {
        kind: 'update',
        input: {
          Key: itemKey(projectId, canonical),
          UpdateExpression: 'ADD f :day SET z = :end',
          ExpressionAttributeValues: { ':day': { SS: [day] }, ':end': { N: String(endsAt) } },
          ReturnValues: 'ALL_NEW',
        },
      });
      const days = noted.kind === 'written' ? (noted.attributes['f']?.SS ?? []) : [];
      return days.filter((one) => one >= since).length;
    },
    async forget(projectId, canonical) {
      // The worker may not delete; what is left ends with its time to live.
      await write(table, {
        kind: 'update',
        input: {
          Key: itemKey(projectId, canonical),
          UpdateExpression: 'SET z = :end REMOVE f',
          ExpressionAttributeValues: { ':end': { N: String(Math.ceil(table.clock.now() / 1_000)) } },
        },
      });
    },
  };
}

function itemKey(projectId: ProjectId, canonical: string): Item {
  return keyOf(`full#${projectId}#${canonical}`);
}
