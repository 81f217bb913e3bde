import type { Context } from 'hono';

import type { AcceptContext, AcceptResult, Submission } from '../core/accept.ts';
import type { AddDomain } from '../core/domains/add-domain.ts';
import type { CancelResult } from '../core/cancel.ts';
import type { CheckSender } from '../core/domains/check-sender.ts';
import type { Draft } from '../core/draft.ts';
import type { EmailId, EventId, ProjectId } from '../core/ids.ts';
import type { EmailPage, ListRequest } from '../core/list-emails.ts';
import type { Admission, IdempotentRequest } from '../core/ports/admissions.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Content } from '../core/ports/content.ts';
import type { DocsAssets } from '../core/ports/docs-assets.ts';
import type { Domains, SenderDomain } from '../core/ports/domains.ts';
import type { Idempotency } from '../core/ports/idempotency.ts';
import type { Keys, Principal } from '../core/ports/keys.ts';
import type { FoundEmail } from '../core/ports/ledger.ts';
import type { Log } from '../core/ports/log.ts';
import type { Projects } from '../core/ports/projects.ts';
import type { Random } from '../core/ports/random.ts';
import type { RateLimiter } from '../core/ports/rate-limiter.ts';
import type { SecretBox } from '../core/ports/secret-box.ts';
import type { Suppressions } from '../core/ports/suppressions.ts';
import type { UnsubscribeTokens } from '../core/ports/unsubscribe-tokens.ts';
import type { WebhookDeliveries } from '../core/ports/webhook-deliveries.ts';
import type { Webhooks } from '../core/ports/webhooks.ts';
import type { Sendable } from '../core/prepare.ts';
import type { ReplayFailedResult, ReplaySpan } from '../core/webhooks/replay-failed-webhooks.ts';
import type { ReplayResult } from '../core/webhooks/replay-webhook.ts';
import type { RescheduleResult } from '../core/reschedule.ts';
import type { SuppressedMailboxes } from '../core/suppression/suppressed-recipient.ts';
import type { ReportContext, TakenReport } from '../core/returned/take-report.ts';
import type { Webhook } from '../core/webhooks/webhook.ts';
import type { WebhookAttempt } from '../core/webhooks/webhook-delivery.ts';
import type { ApiRoute } from './api-route.ts';
import type { Cursors } from './reading/cursor.ts';

/** Whether the process can do its work, and which way its mail goes. */
export type Health = { readonly ready: boolean; readonly route: string };

/** All that the API stands on. A rejection of a port means that a store is out of reach, and is answered with 503. */
export type AppPorts = {
  readonly accept: (submissions: readonly Submission[], context: AcceptContext) => Promise<AcceptResult>;
  /** The email as `accept` would make it; nothing is stored. */
  readonly prepare: (sendable: Sendable, suppressed: SuppressedMailboxes, projectId: ProjectId) => Promise<Admission>;
  readonly list: (projectId: ProjectId, request: ListRequest) => Promise<EmailPage>;
  /** The email once something is known of every recipient, or as it stands after `waitMs` or at the abort of `signal`. */
  readonly awaitOutcome: (
    projectId: ProjectId,
    id: EmailId,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<FoundEmail | null>;
  readonly reschedule: (projectId: ProjectId, id: EmailId, at: number) => Promise<RescheduleResult>;
  /** The stored message; `null` when it is no longer kept. */
  readonly openContent: (id: EmailId) => Promise<Content | null>;
  readonly find: (projectId: ProjectId, id: EmailId) => Promise<FoundEmail | null>;
  readonly cancel: (projectId: ProjectId, id: EmailId) => Promise<CancelResult>;
  /** Why a draft cannot become a message (a word too long for a line, say); `null` when it can. */
  readonly problemOfDraft: (draft: Draft) => { readonly pointer: string; readonly why: string } | null;
  /** Whether a project may send from a domain; what a request names beside its From (Sender, MAIL FROM) is asked about too. */
  readonly checkSender: CheckSender;
  readonly domains: Pick<Domains, 'find' | 'list' | 'remove'>;
  readonly addDomain: AddDomain;
  /** Asks DNS now; `null` when the domain was removed meanwhile. */
  readonly verifyDomain: (domain: SenderDomain) => Promise<SenderDomain | null>;
  readonly projects: Projects;
  readonly health: () => Health | Promise<Health>;
  /** The OpenAPI document of these operations, as JSON. */
  readonly describeApi: (operations: readonly ApiRoute[]) => Promise<string>;
  /** Files of the reference page; `null` where they are not deployed. */
  readonly docsAssets: DocsAssets | null;
  readonly keys: Keys;
  /** Counts the requests of a key. */
  readonly requests: RateLimiter;
  /** Counts the unknown keys and links that come from a source; apart from `requests`, so that a flood of sources makes no key's count forgotten. */
  readonly failures: RateLimiter;
  /** Where a request comes from, as the platform saw it; a header that the client can write is never read for it. */
  readonly sourceOf: (c: Context<AppEnv>) => string;
  readonly idempotency: Idempotency;
  readonly cursors: Cursors;
  readonly suppressions: Omit<Suppressions, 'purge'>;
  /** How large lists may be that are handed over whole. */
  readonly suppressionLists: {
    readonly mostImported: number;
    /** Where an answer has to be whole in memory: an export ends soon after so many bytes, and says where it goes on. */
    readonly exportBytes: number | null;
  };
  readonly unsubscribeTokens: UnsubscribeTokens;
  /** Whether `prepare` and `accept` can put links of ours into mail. */
  readonly makesUnsubscribeLinks: boolean;
  /** Takes in a mail that came back; never rejects because of its bytes. */
  readonly takeReport: (message: Uint8Array, context: ReportContext) => Promise<TakenReport>;
  readonly webhooks: Webhooks;
  readonly webhookDeliveries: Pick<WebhookDeliveries, 'find' | 'list'>;
  readonly replayWebhook: (webhook: Webhook, eventId: EventId) => Promise<ReplayResult>;
  readonly replayFailedWebhooks: (webhook: Webhook, span: ReplaySpan) => Promise<ReplayFailedResult>;
  /** Posts a test event now. */
  readonly testWebhook: (webhook: Webhook) => Promise<{ readonly eventId: EventId; readonly attempt: WebhookAttempt }>;
  /** Why a webhook cannot be at a URL, as one sentence; `null` when it can. */
  readonly refusalOfWebhookUrl: (url: string) => Promise<string | null>;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: {
    readonly maxRequestBytes: number;
    /** Bodies in memory at one time, together; a request that would exceed it waits. */
    readonly maxBytesInFlight: number;
  };
};

/** What the middleware of a request leaves for its handler. */
export type AppEnv = {
  readonly Variables: {
    requestId: string;
    principal: Principal;
    /** The JSON body, parsed. */
    body: unknown;
    /** The bytes of a body of message/rfc822. */
    message: Buffer | undefined;
    /** Set while the request holds its Idempotency-Key. */
    idempotent: IdempotentRequest | null;
    /** The email that the request has made, once it has. */
    accepted: EmailId | undefined;
  };
};
