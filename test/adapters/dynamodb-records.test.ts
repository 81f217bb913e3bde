import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { recordOf } from '../../functions/adapters/dynamodb-compact.ts';
import { packEmail, packRecipients, unpackEmail, unpackRecipients } from '../../functions/adapters/dynamodb-records.ts';
import type { Delivery, Email } from '../../functions/core/email.ts';
import { admissionOf, mailboxOf } from '../contract/samples.ts';

const { email: sample, deliveries } = admissionOf();
const [delivery] = deliveries as [Delivery];
const [recipient] = delivery.recipients as [Delivery['recipients'][number]];

describe('what is stored of an email and its recipients', () => {
  it('comes back as it was, whatever is in it', () => {
    const time = fc.integer({ min: 0, max: 2 ** 45 });
    const emails = fc.record<Email>({
      id: fc.constant(sample.id),
      projectId: fc.constant(sample.projectId),
      createdAt: time,
      messageId: fc.oneof(fc.constant(`<${sample.id}@sender.example>`), fc.string()),
      from: fc.string({ unit: 'binary' }),
      subject: fc.string({ unit: 'binary' }),
      fromDomain: fc.constantFrom('sender.example', 'other.example'),
      sender: fc.constantFrom(mailboxOf('alice@sender.example'), mailboxOf('a.b+c@xn--d-wga.example')),
      scheduledAt: fc.option(time),
      expiresAt: time,
      expiresAtGiven: fc.boolean(),
      tags: fc.array(fc.string()),
      metadata: fc.dictionary(fc.string(), fc.string({ unit: 'binary' }), { noNullPrototype: true }),
      tls: fc.constantFrom('opportunistic', 'required'),
      onInDoubt: fc.constantFrom('retry', 'hold'),
      test: fc.boolean(),
      content: fc.record({ sizeBytes: time, eightBit: fc.boolean(), utf8Headers: fc.boolean() }),
    });
    fc.assert(
      fc.property(emails, (email) => {
        expect(unpackEmail(packEmail(email), email.id, email.projectId)).toEqual(email);
      }),
    );
  });

  it('keeps a field that a later version of the program has added', () => {
    const later = { ...sample, sandbox: { s: 1 }, '+x': 2 } as Email;
    expect(unpackEmail(packEmail(later), later.id, later.projectId)).toEqual(later);
  });

  it('comes back as it was from compressed form', () => {
    const recipients = Array.from({ length: 40 }, (_, position) => ({ ...recipient, position }));
    const packed = packRecipients({ ...delivery, recipients });
    expect(packed).toHaveProperty('B');
    expect(unpackRecipients(packed)).toEqual(recipients);
  });

  it('never gives two fields one name', () => {
    const record = recordOf<{ a: number; b: number }>({ a: { as: 'x' }, b: { as: 'y', usual: 1 } });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'x', 'y', '+x'), fc.nat(3), { noNullPrototype: true }),
        (fields) => {
          const whole = { a: 0, b: 1, ...fields };
          expect(record.unpack(JSON.parse(JSON.stringify(record.pack(whole))))).toEqual(whole);
        },
      ),
    );
  });
});
