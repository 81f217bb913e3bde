import { hash } from 'node:crypto';

import { dsnRecipient } from './dsn-recipient.ts';
import type { Dsn, DsnKind } from './dsn.ts';
import type { Delivery, Email } from '../email.ts';
import type { EmailId } from '../ids.ts';
import { limits } from '../limits.ts';
import { addressOf } from '../mailbox.ts';
import { timeSortable } from '../time-sortable.ts';
import { type EmailEvent, type EventType, timeline } from '../timeline.ts';

const digestBytes = 16;

const kindOfEvent: Readonly<Partial<Record<EventType, DsnKind>>> = {
  'email.delivered': 'success',
  'email.relayed': 'success',
  'email.bounced': 'failure',
  'email.expired': 'failure',
  'email.suppressed': 'failure',
  'email.failed': 'failure',
  'email.deferred': 'delay',
  'email.in_doubt': 'delay',
};

/**
 * The notifications that one delivery of an email has brought about so far, read off its record: one for each moment at which
 * recipients ended as the sender wants to know, and one for the first attempt that found the delivery late, while it is open. As a
 * record grows, what was derived from it once is derived again. An email without a reverse path causes none (RFC 3461 §6.2). Pure.
 */
export function dueDsns(email: Email, delivery: Delivery): Dsn[] {
  const { dsn: request } = email;
  if (request === undefined || email.sender === null) return [];
  const start = email.scheduledAt ?? email.createdAt;
  const events = timeline(email, [delivery]);
  return request.notify.flatMap((kind) => {
    const wanted = kind === 'delay' ? firstDelay(events, delivery, start) : eventsOf(kind, events);
    const byTime = Map.groupBy(wanted, ({ at }) => at);
    return Array.from(byTime, ([at, sharing]) => ({
      id: dsnId(delivery, kind, at),
      kind,
      at,
      about: email,
      request,
      recipients: sharing.map((event) => dsnRecipient(event, recipientOf(event, delivery))),
    }));
  });
}

function eventsOf(kind: DsnKind, events: readonly EmailEvent[]): EmailEvent[] {
  return events.filter(({ type }) => kindOfEvent[type] === kind);
}

function firstDelay(events: readonly EmailEvent[], delivery: Delivery, start: number): EmailEvent[] {
  if (delivery.state === 'ended') return [];
  const late = eventsOf('delay', events).filter(({ at }) => at >= start + limits.dsnDelayMs);
  const first = Math.min(...late.map(({ at }) => at));
  return late.filter((event) => event.at === first && recipientOf(event, delivery).status === 'open');
}

function recipientOf({ recipient }: EmailEvent, { recipients }: Delivery) {
  const found = recipients.find(({ mailbox }) => addressOf(mailbox) === addressOf(recipient));
  if (found === undefined) throw new Error('An event of a delivery is about one of its recipients.');
  return found;
}

function dsnId({ id }: Delivery, kind: DsnKind, at: number): EmailId {
  const digest = hash('sha256', JSON.stringify(['dsn', id, kind, at]), 'buffer');
  return `em_${timeSortable(at, digest.subarray(0, digestBytes))}` as EmailId;
}
