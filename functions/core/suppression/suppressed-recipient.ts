import type { Delivery, Recipient } from '../email.ts';
import type { Mailbox } from '../mailbox.ts';
import type { SuppressionReason } from '../ports/suppressions.ts';

/** Recipients whom the project no longer mails, each with the reason. */
export type SuppressedMailboxes = ReadonlyMap<Mailbox, SuppressionReason>;

/** The recipient ended as `suppressed`; its bounce says why, in the words of a rule of our own. Pure. */
export function suppressedRecipient(recipient: Recipient, reason: SuppressionReason, now: number): Recipient {
  return {
    ...recipient,
    status: 'suppressed',
    updatedAt: now,
    bounce: {
      category: 'suppressed',
      rule: 'suppression-list',
      smtpCode: null,
      enhancedCode: null,
      diagnostic: `The address is on the project's suppression list (${reason}).`,
      remoteMta: null,
      source: 'local',
    },
  };
}

/** The delivery with those of its open recipients ended whom the project no longer mails; state and version are the caller's. Pure. */
export function withoutSuppressed(delivery: Delivery, suppressed: SuppressedMailboxes, now: number): Delivery {
  if (suppressed.size === 0) return delivery;
  return {
    ...delivery,
    recipients: delivery.recipients.map((recipient) => {
      const reason = suppressed.get(recipient.mailbox);
      return recipient.status !== 'open' || reason === undefined
        ? recipient
        : suppressedRecipient(recipient, reason, now);
    }),
  };
}
