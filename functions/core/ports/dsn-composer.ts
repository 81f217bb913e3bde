import type { Dsn } from '../dsn/dsn.ts';
import type { ContentFacts } from '../email.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Content } from './content.ts';

/** A notification as an email: who it is from, what its subject is, and its RFC 5322 bytes. */
export type ComposedDsn = {
  readonly from: Mailbox;
  /** The From field's value in readable form. */
  readonly fromText: string;
  readonly subject: string;
  readonly messageId: string;
  readonly bytes: Uint8Array;
  readonly facts: ContentFacts;
};

/** Writes a notification; `original` is the content that it is about, `null` when it is not kept any more. */
export type ComposeDsn = (dsn: Dsn, original: Content | null) => Promise<ComposedDsn>;
