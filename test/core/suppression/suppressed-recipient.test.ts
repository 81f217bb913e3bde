import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Recipient } from '../../../functions/core/email.ts';
import { withoutSuppressed } from '../../../functions/core/suppression/suppressed-recipient.ts';
import { admissionOf, recipientOf } from '../../contract/samples.ts';

const later = 1_900_000_000_000;
const statuses = fc.constantFrom<Recipient['status']>(
  'open',
  'delivered',
  'bounced',
  'unknown',
  'canceled',
  'suppressed',
);

function deliveryWith(recipients: readonly Recipient[]) {
  const [delivery] = admissionOf(['one.example'], { delivery: { recipients } }).deliveries;
  if (delivery === undefined) throw new Error('There is one delivery for one domain.');
  return delivery;
}

describe('a recipient who is suppressed before an attempt', () => {
  it('ends as suppressed with the reason, and keeps the attempts of before', () => {
    const recipient = recipientOf('ada@one.example');
    const delivery = deliveryWith([recipient]);
    const after = withoutSuppressed(delivery, new Map([[recipient.mailbox, 'complaint']]), later);
    expect(after.recipients).toEqual([
      {
        ...recipient,
        status: 'suppressed',
        updatedAt: later,
        bounce: expect.objectContaining({ category: 'suppressed', source: 'local', rule: 'suppression-list' }),
      },
    ]);
    expect({ ...after, recipients: [] }).toEqual({ ...delivery, recipients: [] });
  });

  it('is the only one who changes: others stay, and so does everyone who has ended', () => {
    const people = fc.array(fc.record({ status: statuses, listed: fc.boolean() }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(people, (drawn) => {
        const recipients = drawn.map(({ status }, index) => ({ ...recipientOf(`r${index}@one.example`), status }));
        const listed = recipients.filter((_, index) => drawn[index]?.listed);
        const suppressed = new Map(listed.map(({ mailbox }) => [mailbox, 'manual'] as const));
        const after = withoutSuppressed(deliveryWith(recipients), suppressed, later).recipients;
        for (const [index, recipient] of recipients.entries()) {
          const ends = recipient.status === 'open' && drawn[index]?.listed === true;
          expect(after[index]?.status).toBe(ends ? 'suppressed' : recipient.status);
          if (!ends) expect(after[index]).toBe(recipient);
        }
      }),
    );
  });
});
