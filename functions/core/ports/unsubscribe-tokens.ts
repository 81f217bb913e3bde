import type { EmailId, ProjectId } from '../ids.ts';
import type { Mailbox } from '../mailbox.ts';

/** Whom a link for unsubscribing speaks for: the one recipient of an email. */
export type UnsubscribeBearer = {
  readonly projectId: ProjectId;
  readonly emailId: EmailId;
  readonly mailbox: Mailbox;
};

/** Words that prove themselves: whoever holds one was sent the mail, or was handed it by somebody who was. */
export interface UnsubscribeTokens {
  /** In letters, digits, `-` and `_`; says nothing of its bearer to others. */
  tokenFor(bearer: UnsubscribeBearer): string;
  /** Whom a token speaks for, however old it is; `null` for any other text. */
  verified(token: string): UnsubscribeBearer | null;
}
