import type { Delivery, Email } from './email.ts';
import { emailStatus, type EmailStatus } from './email-status.ts';
import type { Mailbox } from './mailbox.ts';

/** Which emails of a listing are meant; `null` is any. */
export type EmailFilter = {
  /** Any of these. */
  readonly statuses: readonly EmailStatus[] | null;
  /** One of the recipients, whatever the case of its local part. */
  readonly to: Mailbox | null;
  readonly tag: string | null;
};

/** What of a filter can be told without the deliveries. Pure. */
export function mayMatch(email: Email, { tag }: EmailFilter): boolean {
  return tag === null || email.tags.includes(tag);
}

/** Whether an email is meant. Pure. */
export function matches(email: Email, deliveries: readonly Delivery[], filter: EmailFilter): boolean {
  if (!mayMatch(email, filter)) return false;
  if (filter.to !== null && !hasRecipient(deliveries, filter.to)) return false;
  return filter.statuses === null || filter.statuses.includes(emailStatus(deliveries));
}

function hasRecipient(deliveries: readonly Delivery[], { local, domain }: Mailbox): boolean {
  const wanted = plain(local);
  return deliveries.some(
    (delivery) =>
      delivery.domain === domain && delivery.recipients.some(({ mailbox }) => plain(mailbox.local) === wanted),
  );
}

function plain(local: string): string {
  return local.normalize('NFC').toLowerCase();
}
