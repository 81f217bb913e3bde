import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

import { fromAws } from './aws-errors.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';

/** One conditional write. */
export type Write =
  | { readonly kind: 'put'; readonly input: Omit<PutItemCommandInput, 'TableName'> }
  | { readonly kind: 'update'; readonly input: Omit<UpdateItemCommandInput, 'TableName'> }
  | { readonly kind: 'delete'; readonly input: Omit<DeleteItemCommandInput, 'TableName'> };

/** One item, as of the last write to it. */
export async function readItem(table: DynamodbTable, key: Item): Promise<Item | null> {
  const command = new GetItemCommand({ TableName: table.name, Key: key, ConsistentRead: true });
  const { Item: item } = await fromAws('DynamoDB', () => table.client.send(command));
  return item ?? null;
}

/** What a query finds, page by page. */
export async function* queryPages(
  table: DynamodbTable,
  input: Omit<QueryCommandInput, 'TableName'>,
): AsyncGenerator<readonly Item[]> {
  let start: Item | undefined;
  do {
    const command = new QueryCommand({ ...input, TableName: table.name, ExclusiveStartKey: start });
    const page = await fromAws('DynamoDB', () => table.client.send(command));
    yield page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** The first items that a query finds, up to `limit`. */
export async function queryItems(
  table: DynamodbTable,
  input: Omit<QueryCommandInput, 'TableName' | 'Limit'>,
  limit = Infinity,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const Limit = Number.isFinite(limit) ? limit : undefined;
  for await (const page of queryPages(table, { ...input, Limit })) {
    items.push(...page);
    if (items.length >= limit) break;
  }
  return items.slice(0, limit);
}

/**
 * Makes one write. `refused` means that its condition did not hold, or that it did and an answer was lost: the SDK sends a
 * write again when it hears nothing, and the second one then meets what the first one wrote. Only when it was `repeated` can
 * that be so. `units` is what it cost, where the input asks for that.
 */
export async function write(
  table: DynamodbTable,
  { kind, input }: Write,
): Promise<
  | { readonly kind: 'written'; readonly attributes: Item; readonly units: number | null }
  | { readonly kind: 'refused'; readonly repeated: boolean }
> {
  const whole = { ...input, TableName: table.name };
  try {
    const { Attributes, ConsumedCapacity } = await fromAws('DynamoDB', async () => {
      switch (kind) {
        case 'put':
          return await table.client.send(new PutItemCommand(whole as PutItemCommandInput));
        case 'update':
          return await table.client.send(new UpdateItemCommand(whole as UpdateItemCommandInput));
        case 'delete':
          return await table.client.send(new DeleteItemCommand(whole as DeleteItemCommandInput));
      }
    });
    return { kind: 'written', attributes: Attributes ?? {}, units: ConsumedCapacity?.CapacityUnits ?? null };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null;
    if (cause instanceof ConditionalCheckFailedException) {
      return { kind: 'refused', repeated: (cause.$metadata.attempts ?? 1) > 1 };
    }
    throw error;
  }
}
