const day = 86_400_000;

/** What one request may hold beyond the limits of an email itself; all are in the published document. */
export const requestLimits = {
  /** Characters of an Authorization key worth looking up. */
  keyCharacters: 512,
  /** Bodies that hold no content of an email. */
  smallBodyBytes: 64 * 1024,
  /** Characters of an API key's name. */
  keyNameCharacters: 100,
  /** Entries of each list of an API key. */
  keyListEntries: 100,
  /** The widest policy that an API key can be given. */
  rateLimit: 1_000_000,
  rateWindowSeconds: 86_400,
  /** Levels of nesting in a body. */
  jsonDepth: 32,
  /** Object keys in a whole body. */
  jsonKeys: 10_000,
  /** Entries of `errors` in one answer. */
  errorsListed: 50,
  /** Characters of a display name. */
  nameCharacters: 320,
  /** Own header fields of one email. */
  headers: 50,
  /** Characters of a header field's name, so that name and first word fit on one line. */
  headerNameCharacters: 76,
  attachments: 100,
  /** Emails of one batch. */
  batchEmails: 100,
  tags: 50,
  tagCharacters: 256,
  metadataKeys: 50,
  metadataKeyCharacters: 128,
  metadataValueCharacters: 1024,
  /** Of a List-Unsubscribe URL or mailto, so that each fits on a line with its brackets (RFC 5322 §2.1.1). */
  unsubscribeCharacters: 990,
  /** Of a body that unsubscribes, which is one field. */
  unsubscribeFormBytes: 4_096,
  /** Placeholders for the link in each of html and text: every one of them grows into some 150 characters. */
  unsubscribePlaceholders: 20,
  /** Of the note of a suppression. */
  noteCharacters: 1024,
  /** Addresses in one request to suppress many. */
  suppressionsPerRequest: 1_000,
  webhookUrlCharacters: 2_048,
  webhookDescriptionCharacters: 256,
  /** Seconds that a replaced secret of a webhook may sign on. */
  oldSecretSeconds: 7 * 86_400,
  oldSecretSecondsByDefault: 86_400,
  /** Entries on one page of a listing. */
  listed: 100,
  listedByDefault: 20,
  /** How far ahead `scheduled_at` may lie. */
  scheduleAheadMs: 30 * day,
  /** How long after creation, or after `scheduled_at`, `expires_at` may lie. */
  lifetimeMs: 30 * day,
} as const;
