import type { DeliveryId, EmailId, ProjectId } from '../ids.ts';
import type { Mailbox } from '../mailbox.ts';

/**
 * Whom a return path speaks for: the recipient at `position` of a delivery (`Recipient.position`), or every recipient of it
 * (`null`), because one transaction has one MAIL FROM.
 */
export type ReturnPathBearer = {
  readonly projectId: ProjectId;
  readonly deliveryId: DeliveryId;
  readonly position: number | null;
};

/** Return paths that prove themselves: whoever holds one was sent the mail, or was handed it by somebody who was. */
export interface ReturnPaths {
  /** The envelope sender for an attempt at `now`. */
  addressFor(bearer: ReturnPathBearer, now: number): Mailbox;
  /** The email that an address claims to be about; `null` when it has not the form of a return path of ours. Proves nothing. */
  claimedBy(address: string): EmailId | null;
  /** Whom an address speaks for, if it was made for one of these projects and not too long ago; else `null`. */
  verified(address: string, projects: readonly ProjectId[], now: number): ReturnPathBearer | null;
}
