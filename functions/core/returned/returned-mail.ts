/** The reasons there are for an end, a delay or a report. */
export type Category =
  | 'invalid_recipient'
  | 'inactive_mailbox'
  | 'invalid_domain'
  | 'mailbox_full'
  | 'too_large'
  | 'spam'
  | 'content'
  | 'reputation'
  | 'authentication'
  | 'policy'
  | 'rate_limited'
  | 'greylisted'
  | 'system'
  | 'network'
  | 'protocol'
  | 'expired'
  | 'complaint'
  | 'auto_reply'
  | 'delivered'
  | 'suppressed'
  | 'unknown';

/** A header field: `name` in lower case, `value` unfolded and decoded. */
export type MailField = { readonly name: string; readonly value: string };

/**
 * A mail taken apart, as far as a report needs it: `text` is what a person reads, all text parts in order; `parts` are the others
 * (`type` in lower case, `text` decoded), messages among them as they are.
 */
export type MailParts = {
  readonly fields: readonly MailField[];
  readonly text: string;
  readonly parts: readonly { readonly type: string; readonly text: string }[];
};

/** RFC 3464 §2.3.3, with the words `complained` and `replied` for what is no delivery report. */
export type ReportedAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded' | 'complained' | 'replied';

/** What a returned mail says of one recipient. Only a `failed` one, or a complaint, may have `suppress`. */
export type ReportedRecipient = {
  readonly address: string;
  /** The report names nobody, and `address` is whom the mail that came back says it is to. */
  readonly presumed?: boolean;
  readonly originalAddress: string | null;
  readonly action: ReportedAction;
  /** The enhanced status code, class included, of the diagnostic or else of the report. */
  readonly status: string | null;
  /** On one line, at most `limits.storedReplyOctets` characters. */
  readonly diagnostic: string | null;
  readonly remoteMta: string | null;
  readonly category: Category;
  readonly suppress: boolean;
  /** The rule that named the category. */
  readonly rule: string;
};

/**
 * What came back: a delivery report (RFC 3464, RFC 6533 or one of the older forms), a feedback report (RFC 5965), an automatic
 * answer (RFC 3834), or something else. Nothing in it is proven: who may act on it is decided by `addressedTo`, the addresses of
 * To, Delivered-To and X-Original-To, one of which may hold a token. `original` has the fields of the mail it is about.
 */
export type ReturnedMail = {
  readonly kind: 'dsn' | 'arf' | 'auto_reply' | 'other';
  readonly recipients: readonly ReportedRecipient[];
  readonly addressedTo: readonly string[];
  readonly original: { readonly messageId: string | null; readonly fields: readonly MailField[] };
};
