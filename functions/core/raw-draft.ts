import type { Draft, NamedMailbox } from './draft.ts';
import type { Mailbox } from './mailbox.ts';

/**
 * A message as its sender wrote it, fit for the wire: CRLF line ends of at most 998 octets, no Bcc, and the fields that
 * RFC 5322 §3.6 allows once standing there once at most.
 */
export type RawMessage = {
  readonly bytes: Uint8Array;
  /** With angle brackets; `null` when the message has none and is to be given one. */
  readonly messageId: string | null;
  /** Whether it has a Date, or is to be given one. */
  readonly dated: boolean;
};

/** A request to send a message as it stands, validated. The envelope alone says where it goes. */
export type RawDraft = Pick<
  Draft,
  'subject' | 'tags' | 'metadata' | 'scheduledAt' | 'expiresAt' | 'tls' | 'onSuppressed' | 'onInDoubt' | 'test' | 'dsn'
> & {
  /** The one address of the From field. */
  readonly from: NamedMailbox;
  /** The envelope sender (RFC 5321 MAIL FROM). */
  readonly sender: Mailbox;
  readonly recipients: readonly Mailbox[];
  readonly message: RawMessage;
};
