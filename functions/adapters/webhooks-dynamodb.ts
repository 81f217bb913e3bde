import type { ProjectId, WebhookId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Webhooks } from '../core/ports/webhooks.ts';
import type { Webhook } from '../core/webhooks/webhook.ts';
import { queryItems, readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

/** Of several who change one endpoint at once, one gets through each time. */
const triesPerChange = 20;

/**
 * Endpoints in DynamoDB: a partition a project, an item an endpoint. Several that are added at the same moment may be more than
 * a project may have.
 */
export function createDynamodbWebhooks(table: DynamodbTable): Webhooks {
  const list = async (projectId: ProjectId): Promise<readonly Webhook[]> => {
    const items = await queryItems(table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: partitionOf(projectId) } },
      ConsistentRead: true,
    });
    return items.map(webhookIn);
  };
  return {
    async add(webhook) {
      if ((await list(webhook.projectId)).length >= limits.webhooksPerProject) return 'full';
      await write(table, { kind: 'put', input: { Item: itemOf(webhook) } });
      return 'added';
    },
    find: (projectId, id) => find(table, projectId, id),
    list,
    change: (projectId, id, change) => changeOne(table, projectId, id, change),
    async remove(projectId, id) {
      const removed = await write(table, {
        kind: 'delete',
        input: { Key: itemKey(projectId, id), ConditionExpression: 'attribute_exists(pk)' },
      });
      return removed.kind === 'written';
    },
  };
}

async function find(table: DynamodbTable, projectId: ProjectId, id: WebhookId): Promise<Webhook | null> {
  const item = await readItem(table, itemKey(projectId, id));
  return item === null ? null : webhookIn(item);
}

async function changeOne(
  table: DynamodbTable,
  projectId: ProjectId,
  id: WebhookId,
  change: (webhook: Webhook) => Webhook,
): Promise<Webhook | null> {
  let written: Webhook | null = null;
  for (let tries = 1; tries <= triesPerChange; tries++) {
    const before = await find(table, projectId, id);
    if (before === null) return null;
    // The answer to our own write was lost, and the SDK has sent it twice.
    if (written !== null && JSON.stringify(before) === JSON.stringify(written)) return before;
    const changed = change(before);
    if (changed === before) return before;
    written = { ...changed, version: before.version + 1 };
    const put = await write(table, {
      kind: 'put',
      input: {
        Item: itemOf(written),
        ConditionExpression: 'v = :before',
        ExpressionAttributeValues: { ':before': { N: String(before.version) } },
      },
    });
    if (put.kind === 'written') return written;
  }
  throw new Error('A webhook kept changing while it was changed.');
}

function itemOf(webhook: Webhook): Item {
  return {
    ...itemKey(webhook.projectId, webhook.id),
    v: { N: String(webhook.version) },
    j: { S: JSON.stringify(webhook) },
  };
}

function webhookIn(item: Item): Webhook {
  return JSON.parse(textOf(item, 'j')) as Webhook;
}

function partitionOf(projectId: ProjectId): string {
  return `webhooks#${projectId}`;
}

function itemKey(projectId: ProjectId, id: WebhookId): Item {
  return keyOf(partitionOf(projectId), id);
}
