import type { Delivery, Recipient, TerminalStatus } from './email.ts';

/** Where a recipient stands, in the words of the API. */
export type RecipientStatus = Exclude<Delivery['state'], 'ended'> | TerminalStatus;

/** Where an email stands: where its recipients do, `partially_delivered` when they have ended differently. */
export type EmailStatus = RecipientStatus | 'partially_delivered';

// While anything is open the email stands where the liveliest of its recipients stands.
const openStatuses = ['sending', 'queued', 'deferred', 'scheduled'] as const;

/** The status of one recipient of a delivery. Pure; throws for a record that contradicts itself. */
export function recipientStatus(recipient: Recipient, delivery: Delivery): RecipientStatus {
  if (recipient.status !== 'open') return recipient.status;
  if (delivery.state === 'ended') throw new Error(`Delivery ${delivery.id} has ended with an open recipient.`);
  return delivery.state;
}

/** The status of an email whose deliveries these are. Pure. */
export function emailStatus(deliveries: readonly Delivery[]): EmailStatus {
  const statuses = new Set(
    deliveries.flatMap((delivery) => delivery.recipients.map((recipient) => recipientStatus(recipient, delivery))),
  );
  const open = openStatuses.find((status) => statuses.has(status));
  if (open !== undefined) return open;
  const [first, ...others] = statuses;
  if (first === undefined) throw new Error('An email has at least one recipient.');
  return others.length === 0 ? first : 'partially_delivered';
}
