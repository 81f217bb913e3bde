import type { DeliveryId, EmailId } from './ids.ts';

/** The id of the n-th delivery of an email. */
export function deliveryIdOf(emailId: EmailId, index: number): DeliveryId {
  return `${emailId}.${index}` as DeliveryId;
}

/** What `deliveryIdOf` was given. */
export function partsOfDeliveryId(id: DeliveryId): { readonly emailId: EmailId; readonly index: number } {
  const dot = id.lastIndexOf('.');
  return { emailId: id.slice(0, dot) as EmailId, index: Number(id.slice(dot + 1)) };
}
