import type { Email, Recipient } from '../../functions/core/email.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import type { Simulated } from './simulation.ts';

/** Recipients of whom the record says something else than the far side knows, or nothing final; each with what was seen. */
export function dishonestEnds({ ends, copies }: Simulated): readonly string[] {
  return ends.flatMap(({ email, deliveries }) =>
    deliveries
      .flatMap(({ recipients }) => recipients)
      .map((recipient) => ({ recipient, received: copies.get(addressOf(recipient.mailbox)) ?? 0 }))
      .filter(({ recipient, received }) => !isHonest(email, recipient, received))
      .map((seen) => JSON.stringify({ onInDoubt: email.onInDoubt, ...seen }, null, 1)),
  );
}

function isHonest(email: Email, { status, attempts }: Recipient, received: number): boolean {
  const doubts = attempts.filter(({ outcome }) => outcome === 'in_doubt').length;
  const inOrder = attempts.every(({ attempt }, index) => index === 0 || (attempts[index - 1]?.attempt ?? 0) <= attempt);
  return (
    status !== 'open' &&
    received <= (email.onInDoubt === 'hold' ? 1 : 1 + doubts) &&
    (status !== 'delivered' || received > 0) &&
    (status !== 'suppressed' || received <= doubts) &&
    (received === 0 || doubts > 0 || status === 'delivered') &&
    inOrder
  );
}
