import type { EmailId, ProjectId } from '../core/ids.ts';
import type { DeliveryName, FoundEmail, Look } from '../core/ports/ledger.ts';
import { queryItems, readItem } from './dynamodb-calls.ts';
import { deliveryIdOf, partsOfDeliveryId } from '../core/delivery-id.ts';
import { deliveryIn, emailIn } from './dynamodb-emails.ts';
import { emailIdIn } from './dynamodb-names.ts';
import { gateIn, isGateOpen } from './dynamodb-gates.ts';
import { deliveryKey } from './dynamodb-keys.ts';
import { type DynamodbTable, type Item, numberOf } from './dynamodb-table.ts';

/** An email of the project with its deliveries; `null` also while it does not count yet. */
export async function findEmail(table: DynamodbTable, projectId: ProjectId, id: EmailId): Promise<FoundEmail | null> {
  const emailItem = await readItem(table, deliveryKey({ id: deliveryIdOf(id, 0), projectId }));
  if (emailItem === null || !(await counts(table, emailItem))) return null;
  return { email: emailIn(emailItem), deliveries: (await itemsWith(table, emailItem)).map(deliveryIn) };
}

/** A delivery with its email, from two items or, for the first delivery, from one. */
export async function lookAtDelivery(table: DynamodbTable, name: DeliveryName): Promise<Look> {
  const { emailId, index } = partsOfDeliveryId(name.id);
  const [emailItem, other] = await Promise.all([
    readItem(table, deliveryKey({ ...name, id: deliveryIdOf(emailId, 0) })),
    index === 0 ? null : readItem(table, deliveryKey(name)),
  ]);
  const item = index === 0 ? emailItem : other;
  if (item === null || emailItem === null) return { kind: 'missing' };
  if (!(await counts(table, emailItem))) return { kind: 'not_accepted' };
  return { kind: 'found', email: emailIn(emailItem), delivery: deliveryIn(item) };
}

/** The items of an email whose first item is known: that one, and one for each further delivery. */
export async function itemsWith(table: DynamodbTable, emailItem: Item): Promise<readonly Item[]> {
  if (numberOf(emailItem, 'k') === null) return [emailItem];
  const others = await queryItems(table, {
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: emailIdIn(emailItem) } },
    ConsistentRead: true,
  });
  return [emailItem, ...others];
}

/** Whether the email in an item counts: it stands behind no gate, or its gate is open. */
export async function counts(table: DynamodbTable, emailItem: Item): Promise<boolean> {
  const gate = gateIn(emailItem);
  return gate === null || (await isGateOpen(table, gate));
}
