import type { Delivery, Email } from '../email.ts';
import { derivedEventId } from '../event-id.ts';
import type { DomainId, EmailId, EventId, ProjectId, WebhookId } from '../ids.ts';
import { addressOf } from '../mailbox.ts';
import type { SenderDomain } from '../ports/domains.ts';
import type { Suppression } from '../ports/suppressions.ts';
import { type EmailEvent, eventTypes, timeline } from '../timeline.ts';

/** Everything that a webhook can be told of. */
export const projectEventTypes = [
  ...eventTypes,
  'suppression.added',
  'suppression.removed',
  'domain.verified',
  'domain.failed',
  'webhook.disabled',
] as const;

export type ProjectEventType = (typeof projectEventTypes)[number];

/** What an event is about, as it stood then. */
export type EventSubject =
  | ({ readonly kind: 'email'; readonly emailId: EmailId } & Pick<Email, 'tags' | 'metadata'> &
      Pick<EmailEvent, 'recipient' | 'attempt' | 'bounce'>)
  | { readonly kind: 'suppression'; readonly suppression: Suppression }
  | { readonly kind: 'domain'; readonly id: DomainId; readonly name: string; readonly status: SenderDomain['status'] }
  | {
      readonly kind: 'webhook';
      readonly id: WebhookId;
      readonly url: string;
      readonly why: 'gone' | 'failing' | 'test';
    };

/**
 * One thing that happened in a project. Events of one `stream` reach an endpoint one after the other, in the order of `place`:
 * those of one recipient of an email, of one suppressed address, of one domain. `at` in milliseconds since 1970.
 */
export type ProjectEvent = {
  readonly id: EventId;
  readonly projectId: ProjectId;
  readonly type: ProjectEventType | 'webhook.test';
  readonly at: number;
  readonly stream: string;
  readonly place: number;
  readonly subject: EventSubject;
};

/** What has happened to an email from one state of some of its deliveries (none: before it was made) to the next. Pure. */
export function emailEvents(email: Email, before: readonly Delivery[], next: readonly Delivery[]): ProjectEvent[] {
  const known = new Set(timeline(email, before).map(({ id }) => id));
  const { id: emailId, projectId, tags, metadata } = email;
  const places = new Map<string, number>();
  return timeline(email, next).flatMap(({ id, type, at, recipient, attempt, bounce }) => {
    const stream = `${emailId}/${addressOf(recipient)}`;
    const place = places.get(stream) ?? 0;
    places.set(stream, place + 1);
    const subject = { kind: 'email', emailId, tags, metadata, recipient, attempt, bounce } as const;
    return known.has(id) ? [] : [{ id, projectId, type, at, stream, place, subject }];
  });
}

/** An address was put on a project's list, or taken off it at `at`. Pure. */
export function suppressionEvent(
  type: 'suppression.added' | 'suppression.removed',
  suppression: Suppression,
  at: number,
): ProjectEvent {
  const { projectId, canonical } = suppression;
  const id = derivedEventId(at, [projectId, canonical, suppression.createdAt, type]);
  const stream = `suppression/${canonical}`;
  return { id, projectId, type, at, stream, place: at, subject: { kind: 'suppression', suppression } };
}

/** What a check has made of a domain; nothing when it stands where it stood, or is not decided. Pure. */
export function domainEvents(before: SenderDomain['status'], domain: SenderDomain): ProjectEvent[] {
  const { id: domainId, projectId, name, status, checkedAt } = domain;
  if (status === before || status === 'pending') return [];
  const at = checkedAt ?? domain.createdAt;
  const type = `domain.${status}` as const;
  const id = derivedEventId(at, [projectId, domainId, type]);
  const stream = `domain/${domainId}`;
  return [{ id, projectId, type, at, stream, place: at, subject: { kind: 'domain', id: domainId, name, status } }];
}
