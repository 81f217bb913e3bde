import { deliveryIdOf, partsOfDeliveryId } from '../core/delivery-id.ts';
import type { DeliveryId, EmailId, ProjectId } from '../core/ids.ts';
import { type Item, textOf } from './dynamodb-table.ts';

/** The delivery that an item is of, or an entry of an index. */
export function deliveryIdIn(item: Item): DeliveryId {
  const [pk, sk] = [textOf(item, 'pk') as EmailId, textOf(item, 'sk')];
  return /^\d\d$/.test(sk) ? deliveryIdOf(pk, Number(sk)) : deliveryIdOf(sk as EmailId, 0);
}

/** The email that an item is of, or an entry of an index. */
export function emailIdIn(item: Item): EmailId {
  return partsOfDeliveryId(deliveryIdIn(item)).emailId;
}

/** The project that an item is of. */
export function projectIdIn(item: Item): ProjectId {
  const pk = textOf(item, 'pk');
  return (item['q']?.S ?? pk.slice(0, pk.lastIndexOf('#'))) as ProjectId;
}
