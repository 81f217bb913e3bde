import type { DeliveryId, EmailId, ProjectId } from '../ids.ts';
import type { WebhookStream } from '../ports/webhook-streams.ts';
import type { EventTargetName } from '../ports/event-target.ts';
import type { ProjectEvent } from './project-event.ts';

/**
 * What endpoints and targets may be owed because of a write: whatever is new in the timeline of an email's delivery, or an event
 * that is true if the write was made. With `target`, it is owed to that one alone; `sure`: the write is known to be made.
 */
export type Owed = Happened & { readonly target?: EventTargetName; readonly sure?: boolean };

type Happened =
  | {
      readonly kind: 'email';
      readonly projectId: ProjectId;
      readonly emailId: EmailId;
      readonly deliveryId: DeliveryId;
    }
  | { readonly kind: 'event'; readonly event: ProjectEvent };

/** `Owed` as it is kept, under a name of its own. */
export type KeptOwed = { readonly id: string; readonly owed: Owed };

/** What is to be done about webhooks: look at what is owed (`sure`: the write is known to be made), or send what stands first in a stream. */
export type NotifyTask =
  | ({ readonly kind: 'owed'; readonly sure: boolean } & KeptOwed)
  | ({ readonly kind: 'stream' } & WebhookStream);
