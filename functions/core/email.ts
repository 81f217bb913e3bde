import type { DsnKind, DsnRequest } from './dsn/dsn.ts';
import type { DeliveryId, EmailId, ProjectId } from './ids.ts';
import type { Mailbox } from './mailbox.ts';
import type { Evidence, Outcome } from './outcome.ts';
import type { TlsWish } from './tls/tls-wish.ts';

/** Where a recipient stands for good. See `docs/architecture.md` for the table of what leads to each. */
export type TerminalStatus =
  | 'delivered'
  | 'relayed'
  | 'bounced'
  | 'expired'
  | 'suppressed'
  | 'canceled'
  | 'failed'
  | 'unknown';

/** What a request asked to send, apart from its content. All times are milliseconds since 1970 in UTC. */
export type Email = {
  readonly id: EmailId;
  readonly projectId: ProjectId;
  readonly createdAt: number;
  /** With angle brackets, as on the wire; the same at every attempt. */
  readonly messageId: string;
  /** The From header field's value in readable form. */
  readonly from: string;
  readonly subject: string;
  /** The domain of the From field, for which DKIM signs. */
  readonly fromDomain: string;
  /** The envelope sender (RFC 5321 MAIL FROM); `null` is `<>`, which nothing is reported to. */
  readonly sender: Mailbox | null;
  readonly scheduledAt: number | null;
  readonly expiresAt: number;
  /** Whether the request named `expiresAt`; else it is the lifetime counted from creation or `scheduledAt`. */
  readonly expiresAtGiven: boolean;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tls: TlsWish;
  readonly onInDoubt: 'retry' | 'hold';
  /** Simulated, and never dialled. */
  readonly test: boolean;
  readonly content: ContentFacts;
  /** Whom to tell by mail what becomes of it; absent when nobody is. */
  readonly dsn?: DsnRequest;
  /** The email that this one, a delivery status notification, is about; absent from every other. */
  readonly about?: EmailId;
};

/** What a transaction must know of the content before it reads it. */
export type ContentFacts = {
  readonly sizeBytes: number;
  /** Octets above 127 anywhere: needs 8BITMIME or conversion. */
  readonly eightBit: boolean;
  /** Octets above 127 in a header field: needs SMTPUTF8 (RFC 6531 §3.2). */
  readonly utf8Headers: boolean;
};

/** One finished attempt, as one recipient saw it. `attempt` counts from 1. */
export type Attempt = Evidence & {
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: Outcome['kind'];
};

/** Why a recipient bounced: the category, the rule that named it, and the evidence in the words of the API. */
export type Bounce = {
  readonly category: string;
  readonly rule: string;
  readonly smtpCode: number | null;
  readonly enhancedCode: string | null;
  readonly diagnostic: string;
  readonly remoteMta: string | null;
  readonly source: 'smtp' | 'dsn' | 'local';
};

/** One recipient of a delivery. While `open`, it stands where its delivery stands. */
export type Recipient = {
  readonly mailbox: Mailbox;
  readonly kind: 'to' | 'cc' | 'bcc';
  /** The place in the request, from 0, over all deliveries of the email: To, then Cc, then Bcc, as given. */
  readonly position: number;
  readonly status: 'open' | TerminalStatus;
  readonly updatedAt: number;
  readonly bounce: Bounce | null;
  /** When a complaint about the email came from here; absent when none has. It changes neither status nor `updatedAt`. */
  readonly complainedAt?: number;
  readonly attempts: readonly Attempt[];
};

/**
 * One email to the recipients of one domain: the unit of queueing, claiming and SMTP transaction.
 *
 * ```
 * scheduled ──due──▶ queued ──claim──▶ sending ──commit──▶ ended
 *                      ▲                  │ some recipient still open
 *                      └──due── deferred ◀┘
 * ```
 *
 * `version` grows with every write and fences out whoever read an older one. `dueAt` is when the sweep looks at the
 * delivery: the scheduled or next attempt's time, the end of the lease while sending, or the moment a queued job counts as
 * lost; `null` once ended.
 */
export type Delivery = {
  readonly id: DeliveryId;
  readonly emailId: EmailId;
  readonly projectId: ProjectId;
  readonly domain: string;
  readonly state: 'scheduled' | 'queued' | 'sending' | 'deferred' | 'ended';
  readonly version: number;
  /** How many attempts were begun. */
  readonly attempt: number;
  /** When the present or last attempt was claimed. */
  readonly claimedAt: number | null;
  readonly dueAt: number | null;
  readonly recipients: readonly Recipient[];
  /** What the sender wants to be told of by mail: `dsn.notify` of the email, absent with it. */
  readonly notify?: readonly DsnKind[];
};
