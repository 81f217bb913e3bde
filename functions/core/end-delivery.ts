import type { Delivery, TerminalStatus } from './email.ts';

/** The delivery with every open recipient ended without a further attempt (`expired`, `canceled`, `failed`); what was recorded stays. Pure. */
export function endDelivery(delivery: Delivery, status: TerminalStatus, now: number): Delivery {
  return {
    ...delivery,
    version: delivery.version + 1,
    state: 'ended',
    dueAt: null,
    recipients: delivery.recipients.map((recipient) =>
      recipient.status === 'open' ? { ...recipient, status, updatedAt: now } : recipient,
    ),
  };
}
