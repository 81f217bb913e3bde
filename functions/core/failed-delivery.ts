import type { Bounce, Delivery } from './email.ts';
import { endDelivery } from './end-delivery.ts';

/**
 * The delivery with every open recipient ended as `failed`, by a rule of our own: the recipient's bounce says why. The fault is
 * ours, so nothing is held against the address. Pure.
 */
export function failedDelivery(
  delivery: Delivery,
  reason: Pick<Bounce, 'category' | 'rule' | 'enhancedCode' | 'diagnostic'>,
  now: number,
): Delivery {
  const bounce: Bounce = { ...reason, smtpCode: null, remoteMta: null, source: 'local' };
  const recipients = delivery.recipients.map((recipient) =>
    recipient.status === 'open' ? { ...recipient, bounce } : recipient,
  );
  return endDelivery({ ...delivery, recipients }, 'failed', now);
}
