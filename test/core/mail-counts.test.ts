import { describe, expect, it } from 'vitest';

import type { Recipient } from '../../functions/core/email.ts';
import { endDelivery } from '../../functions/core/end-delivery.ts';
import { mailCounts, sum } from '../../functions/core/mail-counts.ts';
import { type Provider, providerOf } from '../../functions/core/provider.ts';
import { admissionOf, now, recipientOf } from '../contract/samples.ts';

function deliveryOf(...recipients: Recipient[]) {
  const delivery = admissionOf(['one.example'], { delivery: { recipients } }).deliveries[0];
  if (delivery === undefined) throw new Error('It has one.');
  return delivery;
}

const ada = recipientOf('ada@one.example');
const bob = recipientOf('bob@one.example');

describe('what a write of a delivery counts for', () => {
  it('leaves out recipients who had ended before', () => {
    const before = deliveryOf({ ...ada, status: 'suppressed' }, bob);
    expect(mailCounts(before, endDelivery(before, 'expired', now))).toEqual({ expired: 1 });
  });

  it('counts an attempt that was the last one of a lifetime as what it was and as the end', () => {
    const last = bob.attempts[0];
    if (last === undefined) throw new Error('It has one.');
    const after = { ...bob, status: 'expired', attempts: [...bob.attempts, { ...last, attempt: 2 }] } as const;
    expect(mailCounts(deliveryOf(bob), deliveryOf(after))).toEqual({
      attempts: 1,
      tried: 1,
      deferred: 1,
      other_deferred: 1,
      expired: 1,
    });
  });

  it('counts what a report says of who had ended, and no decision of a server', () => {
    const delivered = { ...ada, status: 'delivered' } as const;
    const bounced = { ...ada, status: 'bounced' } as const;
    expect(mailCounts(deliveryOf(delivered), deliveryOf(bounced))).toEqual({ bounced: 1 });
    expect(mailCounts(deliveryOf(bounced), deliveryOf(bounced))).toEqual({});
    const complained = { ...delivered, complainedAt: now };
    expect(mailCounts(deliveryOf(delivered), deliveryOf(complained))).toEqual({ complained: 1 });
    expect(mailCounts(deliveryOf(complained), deliveryOf(complained))).toEqual({});
  });

  it('counts nothing when nothing changes', () => {
    expect(mailCounts(deliveryOf(ada, bob), deliveryOf(ada, bob))).toEqual({});
  });

  it('adds up', () => {
    expect(sum([{ a: 1 }, { a: 2, b: 1 }, {}])).toEqual({ a: 3, b: 1 });
  });
});

describe('the provider of a mail host', () => {
  it.each<[string, Provider]>([
    ['aspmx.l.google.com', 'google'],
    ['gmail-smtp-in.l.GOOGLE.com', 'google'],
    ['one-example.mail.protection.outlook.com', 'microsoft'],
    ['one-example.a-v1.mx.microsoft', 'microsoft'],
    ['mta5.am0.yahoodns.net', 'yahoo'],
    ['mx01.mail.icloud.com', 'apple'],
    ['mx.one.example', 'other'],
    ['google.com.evil.example', 'other'],
    ['notgoogle.com', 'other'],
  ])('of %s is %s', (host, provider) => {
    expect(providerOf(host)).toBe(provider);
  });
});
