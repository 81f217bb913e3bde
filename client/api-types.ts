// Written by `npm run build:client` from docs/openapi.json.

export type AcceptedEmail = {
  readonly id: string;
  readonly object: "email";
  readonly status: "scheduled" | "queued" | "sending" | "deferred" | "delivered" | "relayed" | "bounced" | "expired" | "suppressed" | "canceled" | "failed" | "unknown" | "partially_delivered";
  readonly message_id: string;
  readonly created_at: string;
  readonly recipients: ReadonlyArray<{
    readonly email: string;
    readonly status: "scheduled" | "queued" | "sending" | "deferred" | "delivered" | "relayed" | "bounced" | "expired" | "suppressed" | "canceled" | "failed" | "unknown";
  }>;
};

/** One address or an array: "ada@example.com", "Ada Lovelace <ada@example.com>" (a name with special characters in double quotes), or {email, name}. */
export type Addresses = string | NamedAddress | ReadonlyArray<string | NamedAddress>;

/** null stands for no restriction. */
export type ApiKey = {
  readonly id: string;
  readonly object: "api_key";
  readonly name: string;
  readonly project: string;
  readonly scopes: ReadonlyArray<"emails:send" | "emails:read" | "suppressions" | "domains" | "webhooks" | "inbound" | "keys">;
  readonly mode: "live" | "test";
  readonly sender_domains: ReadonlyArray<string> | null;
  readonly recipients: ReadonlyArray<string> | null;
  readonly rate_limit: {
    readonly limit: number;
    readonly window_seconds: number;
  } | null;
  readonly created_at: string;
};

export type ApiKeyList = {
  readonly object: "list";
  readonly data: ReadonlyArray<ApiKey>;
  readonly has_more: false;
};

export type Attachment = {
  /** Folders before the name are dropped. */
  readonly filename: string;
  /** Base64 (RFC 4648 section 4), padded, without line breaks. */
  readonly content: string;
  /** Guessed from the filename when absent. */
  readonly content_type?: string | null | undefined;
  /** Makes the part addressable from the HTML as cid:<content_id>. */
  readonly content_id?: string | null | undefined;
  readonly disposition?: "attachment" | "inline" | null | undefined;
};

export type Attempt = {
  readonly attempt: number;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly outcome: "delivered" | "relayed" | "deferred" | "bounced" | "in_doubt";
  readonly phase: "dns" | "connect" | "greeting" | "ehlo" | "starttls" | "auth" | "mail" | "rcpt" | "data" | "body" | "dot";
  readonly host: string | null;
  readonly ip: string | null;
  readonly port: number | null;
  readonly tls: {
    readonly protocol: string;
    readonly cipher: string;
    readonly verified: boolean;
    readonly policy: string;
  } | null;
  readonly reply: {
    readonly code: number;
    readonly enhanced_code: string | null;
    readonly text: string;
  } | null;
  readonly error: {
    readonly code: string;
    readonly detail: string;
  } | null;
};

export type BatchAnswer = {
  readonly data: ReadonlyArray<{
    readonly index: number;
    readonly id: string;
  } | {
    readonly index: number;
    readonly error: BatchError;
  }>;
};

export type BatchEmail = {
  readonly from: Addresses;
  readonly to: Addresses;
  readonly cc?: Addresses | null | undefined;
  readonly bcc?: Addresses | null | undefined;
  readonly reply_to?: Addresses | null | undefined;
  readonly subject: string;
  readonly html?: string | null | undefined;
  readonly text?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
  readonly attachments?: ReadonlyArray<Attachment> | null | undefined;
  /** Printable ASCII. */
  readonly tags?: ReadonlyArray<string> | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /** Not before this time, at most 30 days ahead; a time that has passed means now. */
  readonly scheduled_at?: string | null | undefined;
  /** Given up after this time; at most 30 days after creation or scheduled_at. */
  readonly expires_at?: string | null | undefined;
  readonly list_unsubscribe?: ListUnsubscribe | null | undefined;
  /** required: TLS with a verified certificate at the host that takes the message over, or no delivery. requiretls: at every host on the way (RFC 8689); few hosts offer it, and what cannot be sent so bounces with 5.7.30. */
  readonly tls?: "opportunistic" | "required" | "requiretls" | null | undefined;
  /** With a suppressed recipient: skip leaves it out (the default), reject sends nothing and answers 422. */
  readonly on_suppressed?: "skip" | "reject" | null | undefined;
  readonly on_in_doubt?: "retry" | "hold" | null | undefined;
  readonly dsn?: DeliveryStatusNotification | null | undefined;
  /** Simulated whatever the route: nothing leaves the machine, test addresses are obeyed. */
  readonly test?: boolean | null | undefined;
  /** As the Idempotency-Key header of POST /v1/emails, and one with it: the same key with the same email, there or here, is the same request. */
  readonly idempotency_key?: string | null | undefined;
};

export type BatchError = {
  /** As of a problem. */
  readonly code: string;
  readonly detail: string;
  readonly errors?: ReadonlyArray<{
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
  }> | undefined;
};

export type Bounce = {
  readonly category: string;
  readonly smtp_code: number | null;
  readonly enhanced_code: string | null;
  readonly diagnostic: string;
  readonly rule: string;
  readonly remote_mta: string | null;
  readonly source: "smtp" | "dsn" | "local";
};

export type BounceRule = {
  readonly object: "bounce_rule";
  /** As in the rule of a bounce. */
  readonly id: string;
  /** Groups and rules stand in the order in which they are asked. */
  readonly group: string;
  readonly category: string;
  /** Whether a permanent refusal by it suppresses the address. */
  readonly suppress: boolean;
  /** All have to hold; none for a rule that always does. A text is a regular expression. */
  readonly conditions: ReadonlyArray<string>;
  /** What it follows from. */
  readonly source: string;
};

export type BounceRuleList = {
  readonly object: "list";
  readonly data: ReadonlyArray<BounceRule>;
};

export type CreateApiKey = {
  readonly name: string;
  /** What the key may be used for; those of the key that makes it. */
  readonly scopes?: ReadonlyArray<"emails:send" | "emails:read" | "suppressions" | "domains" | "webhooks" | "inbound" | "keys"> | null | undefined;
  /** Domains that mail may be From, each compared whole; any when absent. */
  readonly sender_domains?: ReadonlyArray<string> | null | undefined;
  /** Domains and addresses that mail may go to; any when absent. */
  readonly recipients?: ReadonlyArray<string> | null | undefined;
  /** Everything that a test key sends is simulated; that of the key that makes it. */
  readonly mode?: "live" | "test" | null | undefined;
  /** 6,000 requests in 60 seconds when absent. */
  readonly rate_limit?: {
    readonly limit: number;
    readonly window_seconds: number;
  } | null | undefined;
  /** The project of the key that makes it; only the bootstrap key may name another. */
  readonly project?: string | null | undefined;
};

export type CreatedApiKey = {
  readonly id: string;
  readonly object: "api_key";
  readonly name: string;
  readonly project: string;
  readonly scopes: ReadonlyArray<"emails:send" | "emails:read" | "suppressions" | "domains" | "webhooks" | "inbound" | "keys">;
  readonly mode: "live" | "test";
  readonly sender_domains: ReadonlyArray<string> | null;
  readonly recipients: ReadonlyArray<string> | null;
  readonly rate_limit: {
    readonly limit: number;
    readonly window_seconds: number;
  } | null;
  readonly created_at: string;
  /** Shown this once. */
  readonly key: string;
};

export type DeletedSuppression = {
  readonly object: "suppression";
  readonly email: string;
  readonly deleted: true;
};

/** Who is told by mail what becomes of the email (RFC 3461, RFC 3464). */
export type DeliveryStatusNotification = {
  /** Who is told: an address at the domain of from (for raw messages: of From, Sender or the envelope), or one of reply_to. */
  readonly to: string;
  /** What of: failure (the default), delay (once, when an attempt fails more than 3 hours after the start), success. */
  readonly notify?: ReadonlyArray<"failure" | "delay" | "success"> | null | undefined;
  /** How much of the email a notification of a failure holds. headers when absent. */
  readonly ret?: "headers" | "full" | null | undefined;
  /** Comes back as Original-Envelope-Id: printable ASCII. The id of the email when absent. */
  readonly envid?: string | null | undefined;
};

export type Domain = {
  readonly id: string;
  readonly object: "domain";
  readonly name: string;
  readonly status: "pending" | "verified" | "failed";
  readonly created_at: string;
  readonly verified_at: string | null;
  readonly checked_at: string | null;
  readonly records: ReadonlyArray<DomainRecord>;
};

export type DomainEvent = {
  readonly id: string;
  readonly object: "event";
  readonly type: "domain.verified" | "domain.failed";
  readonly created_at: string;
  readonly data: {
    readonly domain: {
      readonly id: string;
      readonly name: string;
      readonly status: "pending" | "verified" | "failed";
    };
  };
};

export type DomainList = {
  readonly object: "list";
  readonly data: ReadonlyArray<Domain>;
  readonly has_more: false;
};

export type DomainRecord = {
  readonly purpose: "dkim" | "spf" | "dmarc" | "return_path" | "tls_rpt";
  readonly type: "TXT" | "CNAME" | "MX";
  readonly name: string;
  readonly value: string;
  /** The domain is verified only with it. */
  readonly required: boolean;
  /** What the last check saw; pending before the first one, unknown when DNS did not answer. */
  readonly status: "pending" | "verified" | "missing" | "mismatch" | "unknown";
};

export type Email = {
  readonly id: string;
  readonly object: "email";
  readonly status: "scheduled" | "queued" | "sending" | "deferred" | "delivered" | "relayed" | "bounced" | "expired" | "suppressed" | "canceled" | "failed" | "unknown" | "partially_delivered";
  readonly message_id: string;
  readonly from: string;
  readonly subject: string;
  readonly created_at: string;
  readonly scheduled_at: string | null;
  readonly expires_at: string;
  readonly tags: ReadonlyArray<string>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Simulated, and never dialled. */
  readonly test: boolean;
  /** Who is told by mail what becomes of it, as asked for. */
  readonly dsn: {
    readonly to: string;
    readonly notify: ReadonlyArray<"failure" | "delay" | "success">;
    readonly ret: "headers" | "full";
    readonly envid: string | null;
  } | null;
  /** Of a delivery status notification: the email that it is about. */
  readonly about: string | null;
  readonly recipients: ReadonlyArray<Recipient>;
};

export type EmailList = {
  readonly object: "list";
  readonly data: ReadonlyArray<ListedEmail>;
  /** Whether there may be more that way. A page under a filter may be short, or empty, and not be the last. */
  readonly has_more: boolean;
  /** The `after` of the page of older emails. */
  readonly next_cursor: string | null;
  /** The `before` of the page of newer emails. */
  readonly previous_cursor: string | null;
};

export type Envelope = {
  /** MAIL FROM: an address without a name. */
  readonly from: string;
  /** RCPT TO: one address or an array, without names. */
  readonly to: string | ReadonlyArray<string>;
};

export type Event = {
  readonly id: string;
  readonly object: "event";
  readonly type: "email.queued" | "email.scheduled" | "email.delivered" | "email.relayed" | "email.deferred" | "email.bounced" | "email.complained" | "email.suppressed" | "email.expired" | "email.canceled" | "email.failed" | "email.in_doubt";
  readonly created_at: string;
  readonly email_id: string;
  readonly recipient: string;
  readonly data: {
    /** The attempt that brought it about. */
    readonly attempt?: Attempt | undefined;
    /** For email.bounced. */
    readonly bounce?: Bounce | undefined;
  };
  readonly tags: ReadonlyArray<string>;
  readonly metadata: Readonly<Record<string, string>>;
};

export type EventList = {
  readonly object: "list";
  readonly data: ReadonlyArray<Event>;
  readonly has_more: false;
};

export type Health = {
  readonly status: "ok";
  readonly route: string;
};

export type InboundReport = {
  /** A delivery report, a feedback report (a complaint), an automatic answer, or some other mail. */
  readonly kind: "dsn" | "arf" | "auto_reply" | "other";
  /** Whether it came to a return path of this project. Only then can it change anything, and only the delivery that the return path was made for. */
  readonly token: "valid" | "invalid" | "none";
  readonly recipients: ReadonlyArray<{
    /** As the report names it; empty where it names nobody. */
    readonly address: string;
    readonly action: "failed" | "delayed" | "delivered" | "relayed" | "expanded" | "complained" | "replied";
    /** The enhanced status code (RFC 3463). */
    readonly status: string | null;
    readonly category: string;
    /** Whether the address should be mailed no more. */
    readonly suppress: boolean;
    /** The rule that named the category. */
    readonly rule: string;
    readonly diagnostic: string | null;
  }>;
};

/** How a reader leaves the list (RFC 2369): url, mailto or both, or one_click alone. In its place, {{unsubscribe_url}} in html and text is the link of Postern too. */
export type ListUnsubscribe = {
  readonly url?: string | null | undefined;
  /** An address, or a mailto: URI (RFC 6068). */
  readonly mailto?: string | null | undefined;
  /** Whether a POST to the URL unsubscribes without a further question (RFC 8058). true when absent and the URL is https. true without a url: a link of Postern itself, for an email to one recipient. */
  readonly one_click?: boolean | null | undefined;
};

/** An email without its attempts. */
export type ListedEmail = {
  readonly id: string;
  readonly object: "email";
  readonly status: "scheduled" | "queued" | "sending" | "deferred" | "delivered" | "relayed" | "bounced" | "expired" | "suppressed" | "canceled" | "failed" | "unknown" | "partially_delivered";
  readonly message_id: string;
  readonly from: string;
  readonly subject: string;
  readonly created_at: string;
  readonly scheduled_at: string | null;
  readonly expires_at: string;
  readonly tags: ReadonlyArray<string>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Simulated, and never dialled. */
  readonly test: boolean;
  /** Who is told by mail what becomes of it, as asked for. */
  readonly dsn: {
    readonly to: string;
    readonly notify: ReadonlyArray<"failure" | "delay" | "success">;
    readonly ret: "headers" | "full";
    readonly envid: string | null;
  } | null;
  /** Of a delivery status notification: the email that it is about. */
  readonly about: string | null;
  readonly recipients: ReadonlyArray<{
    readonly email: string;
    readonly kind: "to" | "cc" | "bcc";
    readonly status: "scheduled" | "queued" | "sending" | "deferred" | "delivered" | "relayed" | "bounced" | "expired" | "suppressed" | "canceled" | "failed" | "unknown";
    readonly updated_at: string;
    readonly next_attempt_at: string | null;
    readonly bounce: Bounce | null;
  }>;
};

export type NamedAddress = {
  readonly email: string;
  readonly name?: string | null | undefined;
};

export type NewDomain = {
  /** A domain name; international ones become A-labels. */
  readonly name: string;
};

export type NewWebhook = {
  /** https, at port 443 or 8443, at a public address; redirects are not followed. */
  readonly url: string;
  readonly description?: string | null | undefined;
  /** Types to be told of; all of them, those to come included, when absent. */
  readonly events?: ReadonlyArray<"email.queued" | "email.scheduled" | "email.delivered" | "email.relayed" | "email.deferred" | "email.bounced" | "email.complained" | "email.suppressed" | "email.expired" | "email.canceled" | "email.failed" | "email.in_doubt" | "suppression.added" | "suppression.removed" | "domain.verified" | "domain.failed" | "webhook.disabled"> | null | undefined;
  /** Of emails, only those with one of these tags; all when absent. Other events have no tags and pass. */
  readonly tags?: ReadonlyArray<string> | null | undefined;
};

/** RFC 9457 */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Stable; what a program decides by. */
  readonly code: string;
  /** One sentence for a person. */
  readonly detail: string;
  readonly request_id: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The fields to blame, of a validation_error or recipient_suppressed. */
  readonly errors?: ReadonlyArray<{
    /** JSON pointer (RFC 6901) to the refused field. */
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
  }> | undefined;
};

export type Project = {
  readonly object: "project";
  /** What keys name as their `project`. */
  readonly name: string;
  /** What is done with mail from domains that nobody has verified; null leaves it to the deployment. */
  readonly unverified_senders: "allow" | "refuse" | null;
};

export type ProjectChange = {
  /** What is done with mail from domains that nobody has verified; null leaves it to the deployment. */
  readonly unverified_senders?: "allow" | "refuse" | null | undefined;
};

export type Recipient = {
  readonly email: string;
  readonly kind: "to" | "cc" | "bcc";
  readonly status: "scheduled" | "queued" | "sending" | "deferred" | "delivered" | "relayed" | "bounced" | "expired" | "suppressed" | "canceled" | "failed" | "unknown";
  readonly updated_at: string;
  readonly next_attempt_at: string | null;
  readonly bounce: Bounce | null;
  readonly attempts: ReadonlyArray<Attempt>;
};

export type RemovedDomain = {
  readonly id: string;
  readonly object: "domain";
  readonly deleted: true;
};

export type RemovedWebhook = {
  readonly id: string;
  readonly object: "webhook";
  readonly deleted: true;
};

export type Reschedule = {
  /** At most 30 days ahead; null, or a time that has passed, means now. */
  readonly scheduled_at: string | null;
};

export type RevokedApiKey = {
  readonly id: string;
  readonly object: "api_key";
  readonly deleted: true;
};

export type SendBatch = {
  readonly emails: ReadonlyArray<BatchEmail>;
  /** atomic (the default): all emails are accepted or none is. partial: those that are valid are accepted, the others answered with their errors. */
  readonly mode?: "atomic" | "partial" | null | undefined;
};

export type SendEmail = {
  readonly from: Addresses;
  readonly to: Addresses;
  readonly cc?: Addresses | null | undefined;
  readonly bcc?: Addresses | null | undefined;
  readonly reply_to?: Addresses | null | undefined;
  readonly subject: string;
  readonly html?: string | null | undefined;
  readonly text?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
  readonly attachments?: ReadonlyArray<Attachment> | null | undefined;
  /** Printable ASCII. */
  readonly tags?: ReadonlyArray<string> | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /** Not before this time, at most 30 days ahead; a time that has passed means now. */
  readonly scheduled_at?: string | null | undefined;
  /** Given up after this time; at most 30 days after creation or scheduled_at. */
  readonly expires_at?: string | null | undefined;
  readonly list_unsubscribe?: ListUnsubscribe | null | undefined;
  /** required: TLS with a verified certificate at the host that takes the message over, or no delivery. requiretls: at every host on the way (RFC 8689); few hosts offer it, and what cannot be sent so bounces with 5.7.30. */
  readonly tls?: "opportunistic" | "required" | "requiretls" | null | undefined;
  /** With a suppressed recipient: skip leaves it out (the default), reject sends nothing and answers 422. */
  readonly on_suppressed?: "skip" | "reject" | null | undefined;
  readonly on_in_doubt?: "retry" | "hold" | null | undefined;
  readonly dsn?: DeliveryStatusNotification | null | undefined;
  /** Simulated whatever the route: nothing leaves the machine, test addresses are obeyed. */
  readonly test?: boolean | null | undefined;
};

export type SendRaw = {
  /** The message (RFC 5322) as text; it is sent in UTF-8. */
  readonly mime: string;
  readonly envelope: Envelope;
  /** Printable ASCII. */
  readonly tags?: ReadonlyArray<string> | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /** Not before this time, at most 30 days ahead; a time that has passed means now. */
  readonly scheduled_at?: string | null | undefined;
  /** Given up after this time; at most 30 days after creation or scheduled_at. */
  readonly expires_at?: string | null | undefined;
  /** required: TLS with a verified certificate at the host that takes the message over, or no delivery. requiretls: at every host on the way (RFC 8689); few hosts offer it, and what cannot be sent so bounces with 5.7.30. */
  readonly tls?: "opportunistic" | "required" | "requiretls" | null | undefined;
  /** With a suppressed recipient: skip leaves it out (the default), reject sends nothing and answers 422. */
  readonly on_suppressed?: "skip" | "reject" | null | undefined;
  readonly on_in_doubt?: "retry" | "hold" | null | undefined;
  readonly dsn?: DeliveryStatusNotification | null | undefined;
  /** Simulated whatever the route: nothing leaves the machine, test addresses are obeyed. */
  readonly test?: boolean | null | undefined;
};

export type Suppress = {
  /** The address alone, without a name. */
  readonly email: string;
  /** manual when absent. */
  readonly reason?: "manual" | "bounce" | "complaint" | "unsubscribe" | null | undefined;
  /** One line. */
  readonly note?: string | null | undefined;
  /** When the address may be mailed again; never when absent. */
  readonly expires_at?: string | null | undefined;
};

export type SuppressMany = {
  readonly suppressions: ReadonlyArray<Suppress>;
};

export type SuppressedMany = {
  readonly object: "list";
  readonly data: ReadonlyArray<{
    readonly object: "suppression";
    readonly email: string;
    readonly reason: "manual" | "bounce" | "complaint" | "unsubscribe";
    readonly note: string | null;
    readonly created_at: string;
    readonly expires_at: string | null;
    readonly index: number;
    /** false when the address was there already. */
    readonly added: boolean;
  }>;
};

export type Suppression = {
  readonly object: "suppression";
  readonly email: string;
  readonly reason: "manual" | "bounce" | "complaint" | "unsubscribe";
  readonly note: string | null;
  readonly created_at: string;
  readonly expires_at: string | null;
};

export type SuppressionEvent = {
  readonly id: string;
  readonly object: "event";
  readonly type: "suppression.added" | "suppression.removed";
  readonly created_at: string;
  readonly data: {
    readonly suppression: Suppression;
  };
};

export type SuppressionImport = {
  readonly object: "suppression_import";
  readonly added: number;
  /** Were there already, or stand twice in the list. */
  readonly present: number;
  /** Always 0 in atomic mode. */
  readonly refused: number;
  /** Of the first lines that were refused, up to 50. */
  readonly errors: ReadonlyArray<{
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
  }>;
};

export type SuppressionList = {
  readonly object: "list";
  readonly data: ReadonlyArray<Suppression>;
  readonly has_more: boolean;
  /** For after; null on the last page. */
  readonly next_cursor: string | null;
};

export type Validation = {
  readonly object: "validation";
  readonly valid: true;
  /** What is allowed, and may not be what was meant. */
  readonly warnings: ReadonlyArray<{
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
  }>;
  /** The message as composed, before signatures. */
  readonly size_bytes: number;
  /** Who would get it, each once. */
  readonly recipients: ReadonlyArray<{
    readonly email: string;
    readonly status: "scheduled" | "queued" | "sending" | "deferred" | "delivered" | "relayed" | "bounced" | "expired" | "suppressed" | "canceled" | "failed" | "unknown";
  }>;
};

export type Webhook = {
  readonly id: string;
  readonly object: "webhook";
  /** https, at port 443 or 8443, at a public address; redirects are not followed. */
  readonly url: string;
  readonly description: string | null;
  readonly events: ReadonlyArray<"email.queued" | "email.scheduled" | "email.delivered" | "email.relayed" | "email.deferred" | "email.bounced" | "email.complained" | "email.suppressed" | "email.expired" | "email.canceled" | "email.failed" | "email.in_doubt" | "suppression.added" | "suppression.removed" | "domain.verified" | "domain.failed" | "webhook.disabled"> | null;
  readonly tags: ReadonlyArray<string> | null;
  readonly status: "enabled" | "disabled";
  /** gone: it answered 410. failing: it took nothing for five days. */
  readonly disabled_reason: "requested" | "gone" | "failing" | null;
  readonly disabled_at: string | null;
  /** When an attempt failed first, if none was taken since. */
  readonly failing_since: string | null;
  readonly created_at: string;
};

export type WebhookAttempt = {
  readonly attempt: number;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly outcome: "delivered" | "failed";
  readonly ip: string | null;
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  /** The beginning of the answer, on one line. */
  readonly body: string | null;
  readonly error: {
    readonly code: string;
    readonly detail: string;
  } | null;
};

export type WebhookChange = {
  /** https, at port 443 or 8443, at a public address; redirects are not followed. */
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  /** Types to be told of; all of them, those to come included, when absent. */
  readonly events?: ReadonlyArray<"email.queued" | "email.scheduled" | "email.delivered" | "email.relayed" | "email.deferred" | "email.bounced" | "email.complained" | "email.suppressed" | "email.expired" | "email.canceled" | "email.failed" | "email.in_doubt" | "suppression.added" | "suppression.removed" | "domain.verified" | "domain.failed" | "webhook.disabled"> | null | undefined;
  /** Of emails, only those with one of these tags; all when absent. Other events have no tags and pass. */
  readonly tags?: ReadonlyArray<string> | null | undefined;
  /** A disabled endpoint is owed nothing of what happens meanwhile. */
  readonly status?: "enabled" | "disabled" | undefined;
};

export type WebhookDelivery = {
  readonly event_id: string;
  readonly object: "webhook_delivery";
  readonly webhook_id: string;
  readonly status: "pending" | "delivered" | "failed";
  /** null when there is none, or while an earlier event of the same recipient is on its way. */
  readonly next_attempt_at: string | null;
  readonly ended_at: string | null;
  readonly attempts: ReadonlyArray<WebhookAttempt>;
  /** What is posted. */
  readonly event: Event | SuppressionEvent | DomainEvent | WebhookEvent;
};

export type WebhookDeliveryList = {
  readonly object: "list";
  readonly data: ReadonlyArray<WebhookDelivery>;
  readonly has_more: boolean;
  /** For after; null on the last page. */
  readonly next_cursor: string | null;
};

export type WebhookEvent = {
  readonly id: string;
  readonly object: "event";
  readonly type: "webhook.disabled" | "webhook.test";
  readonly created_at: string;
  readonly data: {
    readonly webhook: {
      readonly id: string;
      readonly url: string;
      readonly reason: "gone" | "failing" | "test";
    };
  };
};

export type WebhookList = {
  readonly object: "list";
  readonly data: ReadonlyArray<Webhook>;
  readonly has_more: false;
};

export type WebhookReplay = {
  /** When the first of them happened. */
  readonly since: string;
  /** All of them happened before; now when absent. */
  readonly until?: string | null | undefined;
  /** Of these types only. */
  readonly types?: ReadonlyArray<"email.queued" | "email.scheduled" | "email.delivered" | "email.relayed" | "email.deferred" | "email.bounced" | "email.complained" | "email.suppressed" | "email.expired" | "email.canceled" | "email.failed" | "email.in_doubt" | "suppression.added" | "suppression.removed" | "domain.verified" | "domain.failed" | "webhook.disabled"> | null | undefined;
};

export type WebhookReplayed = {
  readonly object: "webhook_replay";
  readonly webhook_id: string;
  /** So many are due again. */
  readonly replayed: number;
  /** Later ones were left: ask the same again. */
  readonly has_more: boolean;
};

export type WebhookTest = {
  readonly object: "webhook_test";
  readonly webhook_id: string;
  readonly event_id: string;
  readonly attempt: WebhookAttempt;
};

export type WebhookWithSecret = {
  readonly id: string;
  readonly object: "webhook";
  /** https, at port 443 or 8443, at a public address; redirects are not followed. */
  readonly url: string;
  readonly description: string | null;
  readonly events: ReadonlyArray<"email.queued" | "email.scheduled" | "email.delivered" | "email.relayed" | "email.deferred" | "email.bounced" | "email.complained" | "email.suppressed" | "email.expired" | "email.canceled" | "email.failed" | "email.in_doubt" | "suppression.added" | "suppression.removed" | "domain.verified" | "domain.failed" | "webhook.disabled"> | null;
  readonly tags: ReadonlyArray<string> | null;
  readonly status: "enabled" | "disabled";
  /** gone: it answered 410. failing: it took nothing for five days. */
  readonly disabled_reason: "requested" | "gone" | "failing" | null;
  readonly disabled_at: string | null;
  /** When an attempt failed first, if none was taken since. */
  readonly failing_since: string | null;
  readonly created_at: string;
  /** Shown this once. */
  readonly secret: string;
};

/** What each operation takes and answers. */
export type Operations = {
  /** Whether the process can do its work; needs no key */
  readonly getHealth: {
    readonly answer: Health;
  };
  /** Send an email */
  readonly sendEmail: {
    readonly body: SendEmail;
    readonly answer: AcceptedEmail;
  };
  /** List emails, the newest first */
  readonly listEmails: {
    readonly query?: {
      /** Emails of one page. */
      readonly limit?: number | undefined;
      /** A next_cursor, or the id of an email: what is older. */
      readonly after?: string | undefined;
      /** A previous_cursor, or the id of an email: what is newer. */
      readonly before?: string | undefined;
      /** Any of these statuses of the email; repeats, or a list with commas. */
      readonly status?: string | ReadonlyArray<string> | undefined;
      /** One of the recipients, whatever its case. */
      readonly to?: string | undefined;
      /** One of the tags, exactly. */
      readonly tag?: string | undefined;
    } | undefined;
    readonly answer: EmailList;
  };
  /** What became of an email, recipient by recipient */
  readonly getEmail: {
    readonly path: {
      /** Id of the email. */
      readonly id: string;
    };
    readonly answer: Email;
  };
  /** Move an email that waits for its time */
  readonly rescheduleEmail: {
    readonly path: {
      readonly id: string;
    };
    readonly body: Reschedule;
    readonly answer: Email;
  };
  /** Cancel whatever of an email still waits */
  readonly cancelEmail: {
    readonly path: {
      /** Id of the email. */
      readonly id: string;
    };
    readonly answer: Email;
  };
  /** Send up to 100 emails */
  readonly sendBatch: {
    readonly body: SendBatch;
    readonly answer: BatchAnswer;
  };
  /** Send a message that is composed already */
  readonly sendRawEmail: {
    readonly query?: {
      /** MAIL FROM; required unless the body is JSON. */
      readonly from?: string | undefined;
      /** RCPT TO; repeats. Required unless the body is JSON. */
      readonly to?: string | ReadonlyArray<string> | undefined;
      /** One tag; repeats. */
      readonly tags?: string | ReadonlyArray<string> | undefined;
      readonly scheduled_at?: string | undefined;
      readonly expires_at?: string | undefined;
      readonly tls?: "opportunistic" | "required" | "requiretls" | undefined;
      readonly on_suppressed?: "skip" | "reject" | undefined;
      readonly on_in_doubt?: "retry" | "hold" | undefined;
      /** Who is told: an address at the domain of from (for raw messages: of From, Sender or the envelope), or one of reply_to. */
      readonly dsn_to?: string | undefined;
      /** With dsn_to; repeats. failure when absent. */
      readonly dsn_notify?: "failure" | "delay" | "success" | ReadonlyArray<"failure" | "delay" | "success"> | undefined;
      readonly dsn_ret?: "headers" | "full" | undefined;
      readonly dsn_envid?: string | undefined;
      readonly test?: "true" | "false" | undefined;
    } | undefined;
    readonly body: string | Uint8Array<ArrayBuffer> | SendRaw;
    readonly answer: AcceptedEmail;
  };
  /** Everything but sending */
  readonly validateEmail: {
    readonly body: SendEmail;
    readonly answer: Validation;
  };
  /** What happened to an email, in order */
  readonly listEmailEvents: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: EventList;
  };
  /** The message as stored */
  readonly getRawEmail: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: string;
  };
  /** Make an API key */
  readonly createKey: {
    readonly body: CreateApiKey;
    readonly answer: CreatedApiKey;
  };
  /** The API keys of the project, the newest first */
  readonly listKeys: {
    readonly answer: ApiKeyList;
  };
  /** One API key, without the key itself */
  readonly getKey: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ApiKey;
  };
  /** Revoke an API key for good */
  readonly revokeKey: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: RevokedApiKey;
  };
  /** Add a domain to send from */
  readonly addDomain: {
    readonly body: NewDomain;
    readonly answer: Domain;
  };
  /** The domains of the project, by name */
  readonly listDomains: {
    readonly answer: DomainList;
  };
  /** A domain as its last check saw it */
  readonly getDomain: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Domain;
  };
  /** Remove a domain and its keys */
  readonly removeDomain: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: RemovedDomain;
  };
  /** Check the records of a domain now */
  readonly verifyDomain: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Domain;
  };
  /** The settings of the project */
  readonly getProject: {
    readonly answer: Project;
  };
  /** Change the settings of the project */
  readonly changeProject: {
    readonly body: ProjectChange;
    readonly answer: Project;
  };
  /** Stop mailing a whole list of addresses */
  readonly importSuppressions: {
    readonly query?: {
      /** atomic: one line that is refused refuses all. partial: the others are added. */
      readonly mode?: "atomic" | "partial" | undefined;
      /** The reason of lines that name none. */
      readonly reason?: "manual" | "bounce" | "complaint" | "unsubscribe" | undefined;
    } | undefined;
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly answer: SuppressionImport;
  };
  /** The whole list of addresses that are no longer mailed */
  readonly exportSuppressions: {
    readonly query?: {
      /** From the Link of an export that goes on. */
      readonly after?: string | undefined;
    } | undefined;
    readonly answer: string;
  };
  /** Addresses that are no longer mailed, page by page */
  readonly listSuppressions: {
    readonly query?: {
      /** How many to answer at most. */
      readonly limit?: number | undefined;
      /** The next_cursor of the page before. */
      readonly after?: string | undefined;
    } | undefined;
    readonly answer: SuppressionList;
  };
  /** Stop mailing an address */
  readonly suppress: {
    readonly body: Suppress;
    readonly answer: Suppression;
  };
  /** Stop mailing many addresses */
  readonly suppressMany: {
    readonly body: SuppressMany;
    readonly answer: SuppressedMany;
  };
  /** Whether and why an address is no longer mailed */
  readonly getSuppression: {
    readonly path: {
      /** Percent-encoded. Any spelling of the address will do: its case, +tag and form of the domain do not matter. */
      readonly email: string;
    };
    readonly answer: Suppression;
  };
  /** Mail an address again */
  readonly unsuppress: {
    readonly path: {
      /** Percent-encoded. Any spelling of the address will do: its case, +tag and form of the domain do not matter. */
      readonly email: string;
    };
    readonly answer: DeletedSuppression;
  };
  /** Every rule that names the reason of a refusal */
  readonly listBounceRules: {
    readonly answer: BounceRuleList;
  };
  /** The rule that a bounce names */
  readonly getBounceRule: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: BounceRule;
  };
  /** Hand over a mail that came back */
  readonly takeInbound: {
    readonly query?: {
      readonly dry_run?: "true" | "false" | undefined;
    } | undefined;
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly answer: InboundReport;
  };
  /** Add an endpoint that events are posted to */
  readonly addWebhook: {
    readonly body: NewWebhook;
    readonly answer: WebhookWithSecret;
  };
  /** The endpoints of the project, the oldest first */
  readonly listWebhooks: {
    readonly answer: WebhookList;
  };
  /** Change, disable or enable an endpoint */
  readonly changeWebhook: {
    readonly path: {
      readonly id: string;
    };
    readonly body: WebhookChange;
    readonly answer: Webhook;
  };
  /** An endpoint and how it fares */
  readonly getWebhook: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Webhook;
  };
  /** Remove an endpoint */
  readonly removeWebhook: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: RemovedWebhook;
  };
  /** Give an endpoint a new secret */
  readonly rotateWebhookSecret: {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How long the old secret signs on. */
      readonly old_secret_seconds?: number | undefined;
    } | undefined;
    readonly answer: WebhookWithSecret;
  };
  /** Post a test event to an endpoint now */
  readonly testWebhook: {
    readonly path: {
      readonly id: string;
    };
    readonly answer: WebhookTest;
  };
  /** Events for an endpoint with every attempt, the newest first */
  readonly listWebhookDeliveries: {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many to answer at most. */
      readonly limit?: number | undefined;
      /** The next_cursor of the page before. */
      readonly after?: string | undefined;
      readonly status?: "pending" | "delivered" | "failed" | undefined;
    } | undefined;
    readonly answer: WebhookDeliveryList;
  };
  /** Post once more what an endpoint has not taken of a span of time */
  readonly replayFailedWebhookDeliveries: {
    readonly path: {
      readonly id: string;
    };
    readonly body: WebhookReplay;
    readonly answer: WebhookReplayed;
  };
  /** One event for an endpoint with every attempt */
  readonly getWebhookDelivery: {
    readonly path: {
      readonly id: string;
      readonly event_id: string;
    };
    readonly answer: WebhookDelivery;
  };
  /** Post an event to an endpoint once more */
  readonly replayWebhookDelivery: {
    readonly path: {
      readonly id: string;
      readonly event_id: string;
    };
    readonly answer: WebhookDelivery;
  };
};
