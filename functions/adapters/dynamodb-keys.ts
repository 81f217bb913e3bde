import { partsOfDeliveryId } from '../core/delivery-id.ts';
import type { DeliveryId } from '../core/ids.ts';
import type { Item } from './dynamodb-table.ts';

/** The key of an item. */
export function keyOf(pk: string, sk = '00'): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** The key of a delivery's item. Its place within the email is written in two digits, so that places sort. */
export function deliveryKey(id: DeliveryId): Item {
  const { emailId, index } = partsOfDeliveryId(id);
  return keyOf(emailId, String(index).padStart(2, '0'));
}
