import type { Mailbox } from './mailbox.ts';

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
  readonly tls: 'opportunistic' | 'required';
  readonly onInDoubt: 'retry' | 'hold';
};
