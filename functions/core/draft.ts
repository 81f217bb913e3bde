import type { DsnRequest } from './dsn/dsn.ts';
import type { Mailbox } from './mailbox.ts';
import type { TlsWish } from './tls/tls-wish.ts';

/** A mailbox with its display name; `name` is free of control characters, `null` when there is none. */
export type NamedMailbox = { readonly name: string | null; readonly mailbox: Mailbox };

/** A file or inline part; `contentId` without angle brackets makes it addressable as `cid:` from the HTML. */
export type Attachment = {
  readonly filename: string;
  readonly content: Uint8Array;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly disposition: 'attachment' | 'inline';
};

/** A request to send, validated: whatever holds a Draft may compose it. Times are milliseconds since 1970. */
export type Draft = {
  readonly from: NamedMailbox;
  readonly to: readonly NamedMailbox[];
  readonly cc: readonly NamedMailbox[];
  readonly bcc: readonly NamedMailbox[];
  readonly replyTo: readonly NamedMailbox[];
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly Attachment[];
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  /** How a reader unsubscribes (RFC 2369 §3.2); `oneClick` as in RFC 8058, with an https `url` only. */
  readonly listUnsubscribe: {
    readonly url: string | null;
    readonly mailto: string | null;
    readonly oneClick: boolean;
  } | null;
  /** Whether a link of ours is still to be put in, which the email's id is needed for; there is one recipient then. */
  readonly ownUnsubscribeLink: boolean;
  readonly tls: Exclude<TlsWish, 'relaxed'>;
  /** What becomes of the request when a recipient is suppressed: the recipient is left out, or nothing is sent. */
  readonly onSuppressed: 'skip' | 'reject';
  readonly onInDoubt: 'retry' | 'hold';
  /** Simulated, and never dialled. */
  readonly test: boolean;
  /** Whom to tell by mail what becomes of it; nobody when absent or `null`. */
  readonly dsn?: DsnRequest | null;
};
