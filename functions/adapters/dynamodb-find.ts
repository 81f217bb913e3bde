import type { EmailId, ProjectId } from '../core/ids.ts';
import type { FoundEmail } from '../core/ports/ledger.ts';
import { queryItems } from './dynamodb-calls.ts';
import { deliveryIn, emailIn } from './dynamodb-emails.ts';
import { gateIn, isGateOpen } from './dynamodb-gates.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';

/** An email of the project with its deliveries; `null` also while it does not count yet. */
export async function findEmail(table: DynamodbTable, projectId: ProjectId, id: EmailId): Promise<FoundEmail | null> {
  const items = await itemsOfEmail(table, id);
  const [emailItem] = items;
  if (emailItem?.['e'] === undefined) return null;
  const email = emailIn(emailItem);
  if (email.projectId !== projectId || !(await counts(table, emailItem))) return null;
  return { email, deliveries: items.map((item) => deliveryIn(item, projectId)) };
}

/** The items of an email whose first item is known: that one, and one for each further delivery. */
export async function itemsWith(table: DynamodbTable, emailItem: Item): Promise<readonly Item[]> {
  return numberOf(emailItem, 'k') === null ? [emailItem] : await itemsOfEmail(table, textOf(emailItem, 'pk'));
}

/** Whether the email in an item counts: it stands behind no gate, or its gate is open. */
export async function counts(table: DynamodbTable, emailItem: Item): Promise<boolean> {
  const gate = gateIn(emailItem);
  return gate === null || (await isGateOpen(table, gate));
}

async function itemsOfEmail(table: DynamodbTable, pk: string): Promise<readonly Item[]> {
  return await queryItems(table, {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: pk } },
    ConsistentRead: true,
  });
}
