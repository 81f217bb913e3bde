import type { DeliveryId, EmailId, ProjectId } from './ids.ts';
import type { WebhookStream } from './ports/webhook-streams.ts';
import type { ProjectEvent } from './project-event.ts';

/**
 * What endpoints may be owed because of a write: whatever is new in the timeline of an email's delivery, or an event that is
 * true if the write was made.
 */
export type Owed =
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
