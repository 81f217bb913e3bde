import type { Email } from '../email.ts';
import type { EmailId } from '../ids.ts';
import type { Mailbox } from '../mailbox.ts';

/** What a sender may ask to be told of by mail (RFC 3461 §4.1). */
export const dsnKinds = ['failure', 'delay', 'success'] as const;

export type DsnKind = (typeof dsnKinds)[number];

/** Whom to send delivery status notifications of an email, about what. */
export type DsnRequest = {
  readonly to: Mailbox;
  readonly notify: readonly DsnKind[];
  /** How much of the email comes back (RFC 3461 §4.3). */
  readonly ret: 'headers' | 'full';
  /** The sender's own name for the email, in printable ASCII (RFC 3461 §4.4); `null`: the email's id. */
  readonly envid: string | null;
};

/** What a notification says of one recipient, in the words of RFC 3464 §2.3. Times in milliseconds since 1970. */
export type DsnRecipient = {
  readonly mailbox: Mailbox;
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed';
  /** An enhanced status code whose class fits the action. */
  readonly status: string;
  /** What the server said (`smtp`), or a sentence of our own. */
  readonly diagnostic: { readonly by: 'smtp' | 'us'; readonly text: string } | null;
  readonly remoteMta: string | null;
  readonly lastAttemptAt: number | null;
};

/** One notification that an email has brought about: all that happened to one of its deliveries at `at`. */
export type Dsn = {
  /** The id of the email that it is sent as: the same whenever it is derived again. */
  readonly id: EmailId;
  readonly kind: DsnKind;
  readonly at: number;
  readonly about: Email;
  readonly request: DsnRequest;
  readonly recipients: readonly DsnRecipient[];
};
