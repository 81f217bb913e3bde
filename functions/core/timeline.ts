import type { Attempt, Bounce, Delivery, Email, Recipient, TerminalStatus } from './email.ts';
import { derivedEventId } from './event-id.ts';
import type { EventId } from './ids.ts';
import type { Mailbox } from './mailbox.ts';

/** What can happen to a recipient, in the words of the API. */
export const eventTypes = [
  'email.queued',
  'email.scheduled',
  'email.delivered',
  'email.relayed',
  'email.deferred',
  'email.bounced',
  'email.complained',
  'email.suppressed',
  'email.expired',
  'email.canceled',
  'email.failed',
  'email.in_doubt',
] as const;

export type EventType = (typeof eventTypes)[number];

/** One thing that happened to one recipient. `at` in milliseconds since 1970. */
export type EmailEvent = {
  readonly id: EventId;
  readonly type: EventType;
  readonly at: number;
  readonly recipient: Mailbox;
  /** The attempt that brought it about, if one did. */
  readonly attempt: Attempt | null;
  readonly bounce: Bounce | null;
};

type Happening = Omit<EmailEvent, 'id' | 'recipient'>;
type Placed = { readonly event: EmailEvent; readonly place: number };

/**
 * The history of an email, read off its record: nothing is stored for it. In the order of time, and for each recipient in the
 * order in which things happened. Pure.
 *
 * As the record grows, a recipient's events are only added to: one that was there once keeps its id and its time. So the
 * difference of two timelines is what happened in between.
 *
 * A recipient begins as `queued`, or as `scheduled` and is queued when its delivery has left that state; each attempt adds
 * what came of it; what ended the recipient without an attempt comes last. A recipient suppressed at acceptance has that one
 * event. `unknown` is no event: the `in_doubt` before it is the end. A report that comes later adds what it says: a bounce after the
 * delivery, a complaint.
 */
export function timeline(email: Email, deliveries: readonly Delivery[]): EmailEvent[] {
  return deliveries
    .flatMap((delivery) => delivery.recipients.map((recipient) => ({ delivery, recipient })))
    .toSorted((one, other) => one.recipient.position - other.recipient.position)
    .flatMap(({ delivery, recipient }) => placed(email, recipient, happenings(email, delivery, recipient)))
    .toSorted((one, other) => one.place - other.place)
    .map(({ event }) => event);
}

function happenings(email: Email, delivery: Delivery, recipient: Recipient): Happening[] {
  if (isSuppressedFromTheStart(email, recipient)) {
    return [{ ...plain('email.suppressed', recipient.updatedAt), bounce: recipient.bounce }];
  }
  const attempts = recipient.attempts.map((attempt) => outcomeOf(attempt, recipient));
  return [...beginning(email, delivery, recipient), ...attempts, ...afterAttempts(recipient)];
}

// One who was put on the list later was queued before; the sweep that found it out came after the acceptance.
function isSuppressedFromTheStart({ createdAt }: Email, { status, updatedAt }: Recipient): boolean {
  return status === 'suppressed' && updatedAt === createdAt;
}

function beginning(email: Email, delivery: Delivery, recipient: Recipient): Happening[] {
  if (email.scheduledAt === null) return [plain('email.queued', email.createdAt)];
  const scheduled = plain('email.scheduled', email.createdAt);
  const isQueued = hasLeftSchedule(delivery, recipient, email.scheduledAt);
  return isQueued ? [scheduled, plain('email.queued', email.scheduledAt)] : [scheduled];
}

// What was canceled before its time never was on the queue; nothing but its end records when that was.
function hasLeftSchedule(delivery: Delivery, recipient: Recipient, scheduledAt: number): boolean {
  if (delivery.state === 'scheduled') return false;
  if (delivery.state !== 'ended' || delivery.attempt > 0) return true;
  return recipient.updatedAt >= scheduledAt;
}

function outcomeOf(attempt: Attempt, { bounce }: Recipient): Happening {
  return {
    type: `email.${attempt.outcome}`,
    at: attempt.startedAt + attempt.durationMs,
    attempt,
    bounce: attempt.outcome === 'bounced' ? bounce : null,
  };
}

// A bounce that is reported after a complaint is later than it by its time (core/returned/reported-delivery.ts).
function afterAttempts(recipient: Recipient): Happening[] {
  const end = endOf(recipient);
  const { complainedAt } = recipient;
  const complaint = complainedAt === undefined ? [] : [plain('email.complained', complainedAt)];
  if (end === null) return complaint;
  return complainedAt !== undefined && complainedAt < end.at ? [...complaint, end] : [end, ...complaint];
}

function endOf(recipient: Recipient): Happening | null {
  const { status, attempts, updatedAt, bounce } = recipient;
  if (status === 'open' || status === 'unknown') return null;
  if (attempts.some(({ outcome }) => outcome === status)) return null;
  return { ...plain(`email.${status satisfies TerminalStatus}`, updatedAt), bounce };
}

function plain(type: EventType, at: number): Happening {
  return { type, at, attempt: null, bounce: null };
}

// A clock that was set back must not bring a recipient's events out of order, so each stands no earlier than the one before.
function placed(email: Email, recipient: Recipient, all: readonly Happening[]): Placed[] {
  let place = 0;
  return all.map((happening) => {
    place = Math.max(place, happening.at);
    const id = eventId(email, recipient, happening);
    return { place, event: { id, recipient: recipient.mailbox, ...happening } };
  });
}

function eventId(email: Email, { position }: Recipient, { type, at, attempt }: Happening): EventId {
  return derivedEventId(at, [email.id, position, type, attempt?.attempt ?? 0]);
}
