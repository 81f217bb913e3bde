import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Delivery, Recipient } from '../../../functions/core/email.ts';
import { emailEvents } from '../../../functions/core/events/project-event.ts';
import { reportedDelivery } from '../../../functions/core/returned/reported-delivery.ts';
import type { ReportedRecipient } from '../../../functions/core/returned/returned-mail.ts';
import { timeline } from '../../../functions/core/timeline.ts';
import { admissionOf, now, recipientOf } from '../../contract/samples.ts';

const later = now + 60_000;
const addresses = ['Ada+news@one.example', 'bob@one.example', 'eve@one.example'];

function reportOn(address: string, changes: Partial<ReportedRecipient> = {}): ReportedRecipient {
  return {
    address,
    originalAddress: null,
    action: 'failed',
    status: '5.1.1',
    diagnostic: '550 5.1.1 No such user',
    remoteMta: 'mx.one.example',
    category: 'invalid_recipient',
    suppress: true,
    rule: 'test',
    ...changes,
  };
}

const complaint = { action: 'complained', category: 'complaint', status: null, diagnostic: 'abuse' } as const;

function sample(recipient: Partial<Recipient> = {}, delivery: Partial<Delivery> = {}) {
  const recipients = addresses.map((address, position): Recipient => {
    const { attempts, ...plain } = recipientOf(address);
    const delivered = attempts.map((attempt) => ({ ...attempt, outcome: 'delivered' as const, startedAt: now }));
    return { ...plain, position, status: 'delivered', updatedAt: now + 1_000, attempts: delivered, ...recipient };
  });
  const { email, deliveries } = admissionOf(['one.example'], {
    delivery: { state: 'ended', dueAt: null, recipients, ...delivery },
  });
  const [first] = deliveries;
  if (first === undefined) throw new Error('There is a delivery.');
  return { email, delivery: first };
}

const statusesAfter = (delivery: Delivery, position: number | null, ...reports: ReportedRecipient[]) => {
  const reported = reportedDelivery(delivery, position, reports, later);
  if (reported.kind !== 'changed') return reported.kind;
  const { next, suppressed } = reported;
  return [
    next.recipients.map(({ status, complainedAt }) => (complainedAt === undefined ? status : 'complained')),
    suppressed.map(({ address, reason }) => `${address} ${reason}`),
  ];
};

describe('a report', () => {
  it.each(['delivered', 'relayed'] as const)('of failure makes %s bounced, with the evidence', (status) => {
    const { delivery } = sample({ status });
    const reported = reportedDelivery(delivery, 1, [reportOn('bob@one.example')], later);
    expect(reported).toMatchObject({
      kind: 'changed',
      next: {
        version: delivery.version + 1,
        state: 'ended',
        recipients: [
          { status },
          {
            status: 'bounced',
            updatedAt: later,
            bounce: {
              category: 'invalid_recipient',
              rule: 'test',
              smtpCode: 550,
              enhancedCode: '5.1.1',
              diagnostic: '550 5.1.1 No such user',
              remoteMta: 'mx.one.example',
              source: 'dsn',
            },
          },
          { status },
        ],
      },
      suppressed: [
        { address: 'bob@one.example', reason: 'bounce', note: '550 5.1.1 No such user (test)', expiresAt: null },
      ],
    });
  });

  it.each(['bounced', 'expired', 'suppressed', 'canceled', 'failed', 'unknown', 'open'] as const)(
    'of failure leaves %s as it is',
    (status) => {
      const state = status === 'open' ? ('deferred' as const) : ('ended' as const);
      expect(statusesAfter(sample({ status }, { state }).delivery, null, reportOn('bob@one.example'))).toBe(
        'unchanged',
      );
    },
  );

  it.each(['delayed', 'relayed', 'delivered', 'expanded', 'replied'] as const)('of %s changes nothing', (action) => {
    expect(statusesAfter(sample().delivery, null, reportOn('bob@one.example', { action }))).toBe('unchanged');
  });

  it('speaks for its own recipient alone (X24)', () => {
    expect(statusesAfter(sample().delivery, 1, reportOn('eve@one.example'))).toBe('unchanged');
    expect(statusesAfter(sample().delivery, 1, reportOn('eve@one.example', complaint))).toBe('unchanged');
    expect(statusesAfter(sample().delivery, 9, reportOn('eve@one.example'))).toBe('unchanged');
  });

  it('of a whole delivery is about those whom it names, whatever the spelling, and about nobody else', () => {
    const { delivery } = sample();
    expect(statusesAfter(delivery, null, reportOn('EVE@ONE.example'), reportOn('ada@one.example'))).toEqual([
      ['bounced', 'delivered', 'bounced'],
      ['eve@one.example bounce', 'Ada+news@one.example bounce'],
    ]);
    expect(statusesAfter(delivery, null, reportOn('mallory@one.example'), reportOn(''), reportOn('@'))).toBe(
      'unchanged',
    );
  });

  it('may name the address that the mail was forwarded to, beside the one that it was sent to', () => {
    const forwarded = reportOn('someone@else.example', { originalAddress: 'bob@one.example' });
    expect(statusesAfter(sample().delivery, 1, forwarded)).toEqual([
      ['delivered', 'bounced', 'delivered'],
      ['bob@one.example bounce'],
    ]);
  });

  it('suppresses nobody unless its reason says so', () => {
    const full = reportOn('bob@one.example', { category: 'mailbox_full', suppress: false });
    expect(statusesAfter(sample().delivery, null, full)).toEqual([['delivered', 'bounced', 'delivered'], []]);
    const aboutMessage = reportOn('bob@one.example', { ...complaint, suppress: false });
    expect(statusesAfter(sample().delivery, null, aboutMessage)).toBe('unchanged');
  });

  it('that names nobody is about the one whom it can be about', () => {
    const nameless = reportOn('', { originalAddress: 'x-unknown' });
    expect(statusesAfter(sample().delivery, 1, nameless)).toEqual([
      ['delivered', 'bounced', 'delivered'],
      ['bob@one.example bounce'],
    ]);
    expect(statusesAfter(sample().delivery, null, nameless)).toBe('unchanged');
  });

  it('that only returns a mail to somebody else, as a blind copy is, is about the one whom it can be about', () => {
    for (const kind of [complaint, {}]) {
      const presumed = reportOn('list@else.example', { ...kind, presumed: true });
      expect(statusesAfter(sample().delivery, 1, presumed)).not.toBe('unchanged');
      expect(statusesAfter(sample().delivery, null, presumed)).toBe('unchanged');
    }
    const named = reportOn('bob@one.example', { presumed: true });
    expect(statusesAfter(sample().delivery, null, named)).toMatchObject([['delivered', 'bounced', 'delivered'], {}]);
  });

  it('of a complaint stands beside the status, and may hide the address of the one whom it can be about', () => {
    const hidden = reportOn('', complaint);
    expect(statusesAfter(sample().delivery, 1, hidden)).toEqual([
      ['delivered', 'complained', 'delivered'],
      ['bob@one.example complaint'],
    ]);
    expect(statusesAfter(sample().delivery, null, hidden)).toBe('unchanged');
    const { delivery } = sample();
    const reported = reportedDelivery(delivery, 1, [hidden], later);
    expect(reported.kind === 'changed' && reported.next.recipients[1]).toEqual({
      ...delivery.recipients[1],
      complainedAt: later,
    });
  });

  it('waits for the worker that is at the delivery, and for nobody where it says nothing new', () => {
    const sending = sample({}, { state: 'sending' }).delivery;
    expect(statusesAfter(sending, null, reportOn('bob@one.example'))).toBe('waits');
    expect(statusesAfter(sending, null, reportOn('bob@one.example', { action: 'delayed' }))).toBe('unchanged');
    expect(statusesAfter(sending, null, reportOn('mallory@one.example'))).toBe('unchanged');
    const open = sample({ status: 'open' }, { state: 'sending' }).delivery;
    expect(statusesAfter(open, null, reportOn('bob@one.example'))).toBe('waits');
  });

  it('that is repeated changes nothing, and what it adds to the timeline comes once and in order (property)', () => {
    const reports = fc.array(
      fc.record({
        bob: fc.boolean(),
        complains: fc.boolean(),
        at: fc.integer({ min: now - 5_000, max: now + 5_000 }),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(reports, (all) => {
        const { email, delivery } = sample();
        let known = timeline(email, [delivery]);
        let stored = delivery;
        for (const { bob, complains, at } of [...all, ...all]) {
          const report = reportOn(bob ? 'bob@one.example' : 'eve@one.example', complains ? complaint : {});
          const reported = reportedDelivery(stored, null, [report], at);
          if (reported.kind !== 'changed') continue;
          expect(emailEvents(email, [stored], [reported.next])).toHaveLength(1);
          stored = reported.next;
          const recipients = ['bob@one.example', 'eve@one.example'];
          for (const name of recipients) {
            const of = (events: typeof known) =>
              events.filter(({ recipient }) => `${recipient.local}@${recipient.domain}` === name);
            const [before, after] = [of(known), of(timeline(email, [stored]))];
            expect(after.slice(0, before.length)).toEqual(before);
          }
          known = timeline(email, [stored]);
          expect(reportedDelivery(stored, null, [report], at + 1)).toEqual({ kind: 'unchanged' });
        }
      }),
    );
  });
});
