import { partsOfDeliveryId } from '../core/delivery-id.ts';
import type { Delivery } from '../core/email.ts';
import { mailShardOf } from './dynamodb-shards.ts';
import { type Item, textOf } from './dynamodb-table.ts';

/** The key of an item. */
export function keyOf(pk: string, sk = '00'): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** The key of an item that is there, or that an entry of an index names. */
export function keyIn(item: Item): Item {
  return keyOf(textOf(item, 'pk'), textOf(item, 'sk'));
}

/**
 * The key of a delivery's item. The first of an email shares the email's item, which stands among all emails of its project in
 * the order of their ids. The others have a partition by themselves; their place is written in two digits, so that it sorts.
 */
export function deliveryKey({ id, projectId }: Pick<Delivery, 'id' | 'projectId'>): Item {
  const { emailId, index } = partsOfDeliveryId(id);
  if (index === 0) return keyOf(mailShardOf(projectId, emailId), emailId);
  return keyOf(emailId, String(index).padStart(2, '0'));
}
