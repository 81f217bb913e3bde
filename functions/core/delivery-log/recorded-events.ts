import type { Attempt, Bounce, Delivery, Recipient } from '../email.ts';
import { addressOf } from '../mailbox.ts';
import type { SessionTrace } from '../outcome.ts';
import type { DeliveryChange } from '../ports/delivery-log.ts';
import type { ReportedRecipient } from '../returned/returned-mail.ts';
import { openRecipients } from '../settle.ts';
import { type EmailEvent, type EventType, timeline } from '../timeline.ts';

/** What a record is about, in the words of KumoMTA's log. */
export type DeliveryRecordType =
  | 'Reception'
  | 'Delivery'
  | 'Bounce'
  | 'TransientFailure'
  | 'Expiration'
  | 'AdminBounce'
  | 'OOB'
  | 'Feedback';

/** One thing that has happened to one recipient and is worth a record. `at` in milliseconds since 1970. */
export type RecordedEvent = {
  readonly type: DeliveryRecordType;
  readonly event: EventType;
  readonly at: number;
  readonly delivery: Delivery;
  /** As it stands after the change. */
  readonly recipient: Recipient;
  readonly attempt: Attempt | null;
  readonly bounce: Bounce | null;
  /** Of the attempt, if it was made here. */
  readonly session: SessionTrace | null;
  /** The complaint that brought it about; */
  readonly reported: ReportedRecipient | null;
  /** and what it calls itself (RFC 5965 §7.3). */
  readonly feedbackType: string | null;
};

/**
 * What a change adds to the timeline of its email, as far as it is recorded. Everybody whose email was made by it is received,
 * those who are suppressed from the start too, so that each recipient has one reception and one end. Pure.
 */
export function recordedEvents(change: DeliveryChange): RecordedEvent[] {
  const { email, before, next } = change;
  return next.flatMap((delivery, index) => {
    const earlier = before[index];
    const known = new Set(timeline(email, earlier === undefined ? [] : [earlier]).map(({ id }) => id));
    const fresh = timeline(email, [delivery]).filter(({ id }) => !known.has(id));
    const received = earlier === undefined ? delivery.recipients.map((one) => receptionOf(change, delivery, one)) : [];
    const sessions = sessionsOf(earlier, change);
    const recipients = new Map(delivery.recipients.map((one) => [one.mailbox, one]));
    const happened = fresh.flatMap((event): RecordedEvent[] => {
      const type = typeOf(event);
      const recipient = recipients.get(event.recipient);
      if (type === null || recipient === undefined) return [];
      const session = event.attempt === null ? null : (sessions.get(addressOf(event.recipient)) ?? null);
      const plain = { type, event: event.type, at: event.at, delivery, recipient, session, attempt: event.attempt };
      return [{ ...plain, bounce: event.bounce, ...complaintOf(type, change) }];
    });
    return [...received, ...happened];
  });
}

function receptionOf({ email }: DeliveryChange, delivery: Delivery, recipient: Recipient): RecordedEvent {
  const event = email.scheduledAt === null ? 'email.queued' : 'email.scheduled';
  const nothing = { attempt: null, bounce: null, session: null, reported: null, feedbackType: null };
  // It is received before anything else becomes of it.
  const open = { ...recipient, status: 'open' } as const;
  return { type: 'Reception', event, at: email.createdAt, delivery, recipient: open, ...nothing };
}

function sessionsOf(before: Delivery | undefined, { outcomes = [] }: DeliveryChange): Map<string, SessionTrace> {
  const open = before === undefined ? [] : openRecipients(before);
  return new Map(
    open.flatMap(({ mailbox }, index) => {
      const session = outcomes[index]?.session;
      return session === undefined ? [] : [[addressOf(mailbox), session] as const];
    }),
  );
}

function typeOf({ type, attempt }: EmailEvent): DeliveryRecordType | null {
  switch (type) {
    case 'email.queued':
    case 'email.scheduled':
      return null;
    case 'email.delivered':
    case 'email.relayed':
      return 'Delivery';
    case 'email.deferred':
    case 'email.in_doubt':
      return 'TransientFailure';
    case 'email.bounced':
      return attempt === null ? 'OOB' : 'Bounce';
    case 'email.complained':
      return 'Feedback';
    case 'email.expired':
      return 'Expiration';
    case 'email.suppressed':
    case 'email.canceled':
    case 'email.failed':
      return 'AdminBounce';
  }
}

function complaintOf(
  type: DeliveryRecordType,
  { reported = [] }: DeliveryChange,
): Pick<RecordedEvent, 'reported' | 'feedbackType'> {
  const complaint = type === 'Feedback' ? reported.find(({ action }) => action === 'complained') : undefined;
  if (complaint === undefined) return { reported: null, feedbackType: null };
  return { reported: complaint, feedbackType: complaint.diagnostic ?? 'abuse' };
}
