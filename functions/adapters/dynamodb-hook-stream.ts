import type { EventId, WebhookId } from '../core/ids.ts';
import type { ProjectEvent } from '../core/events/project-event.ts';
import { queryItems, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

const placeDigits = 15;

/** Puts a pending event into its stream. It stands there before the delivery itself does, so that none can be overtaken. */
export async function joinStream(table: DynamodbTable, webhookId: WebhookId, event: ProjectEvent): Promise<void> {
  await write(table, { kind: 'put', input: { Item: memberKey(webhookId, event) } });
}

/** Takes an event that has ended out of its stream. */
export async function leaveStream(
  table: DynamodbTable,
  webhookId: WebhookId,
  event: Pick<ProjectEvent, 'id' | 'stream' | 'place'>,
): Promise<void> {
  await write(table, { kind: 'delete', input: { Key: memberKey(webhookId, event) } });
}

/** The first event of a stream, as it was put there; `null` when nobody stands in it. */
export async function firstInStream(
  table: DynamodbTable,
  webhookId: WebhookId,
  stream: string,
): Promise<Pick<ProjectEvent, 'id' | 'stream' | 'place'> | null> {
  const [item] = await queryItems(
    table,
    {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: partitionOf(webhookId, stream) } },
      ConsistentRead: true,
    },
    1,
  );
  if (item === undefined) return null;
  const [place, id] = textOf(item, 'sk').split('#');
  return { id: id as EventId, stream, place: Number(place) };
}

function memberKey(webhookId: WebhookId, { id, stream, place }: Pick<ProjectEvent, 'id' | 'stream' | 'place'>): Item {
  return keyOf(partitionOf(webhookId, stream), `${String(place).padStart(placeDigits, '0')}#${id}`);
}

function partitionOf(webhookId: WebhookId, stream: string): string {
  return `stream#${webhookId}#${stream}`;
}
