import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Delivery, Email } from '../../../functions/core/email.ts';
import { endDelivery } from '../../../functions/core/end-delivery.ts';
import type { Outcome } from '../../../functions/core/outcome.ts';
import { emailEvents } from '../../../functions/core/events/project-event.ts';
import { classify } from '../../../functions/bounce/classify.ts';
import { claimed } from '../../../functions/core/claim.ts';
import { failureEvidence } from '../../../functions/core/failure-evidence.ts';
import { openRecipients, settle } from '../../../functions/core/settle.ts';
import { timeline } from '../../../functions/core/timeline.ts';
import { admissionOf, now, recipientOf } from '../../contract/samples.ts';

const evidence = failureEvidence('dot', 'x', 'Something.');
const kinds = ['delivered', 'relayed', 'deferred', 'in_doubt', 'bounced'] as const;

function outcomeOf(kind: (typeof kinds)[number]): Outcome {
  switch (kind) {
    case 'deferred':
      return { kind, cause: 'host', evidence };
    case 'bounced':
      return { kind, source: 'smtp', evidence };
    case 'delivered':
    case 'relayed':
    case 'in_doubt':
      return { kind, evidence };
  }
}

/** The states of a delivery from its acceptance over some attempts, canceled at the end if need be. */
function history(email: Email, first: Delivery, attempts: readonly (readonly (typeof kinds)[number][])[]): Delivery[] {
  const states = [first];
  let at = now;
  for (const outcomes of attempts) {
    const before = states.at(-1) ?? first;
    if (before.state === 'ended') break;
    at = Math.max(before.dueAt ?? at, at) + 1;
    const claim = claimed(before, at, at + 60_000);
    if (claim.kind !== 'claimed') throw new Error('A due delivery can be claimed.');
    const all = openRecipients(claim.delivery).map((_, index) => outcomeOf(outcomes[index] ?? 'deferred'));
    const context = { email, now: at + 5, scheduleMs: [1_000] as const, fraction: 0.5, classify };
    states.push(claim.delivery, settle(claim.delivery, all, context));
  }
  const last = states.at(-1) ?? first;
  return last.state === 'ended' ? states : [...states, endDelivery(last, 'canceled', at + 9)];
}

const attemptsArbitrary = fc.array(fc.array(fc.constantFrom(...kinds), { minLength: 3, maxLength: 3 }), {
  maxLength: 5,
});

describe('what has happened to an email between two of its states', () => {
  it('adds up to its timeline, whatever happens: each event once, in order, none lost (property)', () => {
    fc.assert(
      fc.property(attemptsArbitrary, fc.boolean(), (attempts, scheduled) => {
        const { email, deliveries } = admissionOf(['one.example'], {
          email: { scheduledAt: scheduled ? now + 1_000 : null },
          delivery: {
            recipients: ['a', 'b', 'c'].map((name, position) => ({
              ...recipientOf(`${name}@one.example`),
              position,
              attempts: [],
            })),
            ...(scheduled && { state: 'scheduled', dueAt: now + 1_000 }),
          },
        });
        const [first] = deliveries;
        if (first === undefined) throw new Error('There is a delivery.');
        const states = history(email, first, attempts);
        const told = states.flatMap((state, index) =>
          emailEvents(email, states.slice(Math.max(0, index - 1), index), [state]),
        );
        const whole = timeline(email, states.slice(-1));
        expect(told.map(({ id }) => id).toSorted()).toEqual(whole.map(({ id }) => id).toSorted());
        for (const [, stream] of Map.groupBy(told, (event) => event.stream)) {
          expect(stream.map(({ place }) => place)).toEqual(stream.map((_, place) => place));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('shows a bounce that is reported after delivery as one more event', () => {
    const { email, deliveries } = admissionOf();
    const [first] = deliveries;
    if (first === undefined) throw new Error('There is a delivery.');
    const delivered = history(email, first, [['delivered']]).at(-1) ?? first;
    const bounce = {
      category: 'bad_mailbox',
      rule: 'dsn',
      smtpCode: 550,
      enhancedCode: '5.1.1',
      diagnostic: 'No such user',
      remoteMta: 'mx.one.example',
      source: 'dsn',
    } as const;
    const reported = {
      ...delivered,
      version: delivered.version + 1,
      recipients: delivered.recipients.map(
        (one) => ({ ...one, status: 'bounced', updatedAt: now + 99, bounce }) as const,
      ),
    };
    expect(emailEvents(email, [delivered], [reported])).toMatchObject([
      { type: 'email.bounced', at: now + 99, place: 3, subject: { bounce } },
    ]);
  });
});
