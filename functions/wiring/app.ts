import { derivedKey } from '../adapters/derived-key.ts';
import { createMemoryRateLimiter } from '../adapters/rate-limiter-memory.ts';
import type { Config } from '../config.ts';
import { accept } from '../core/accept.ts';
import { awaitOutcome } from '../core/await-outcome.ts';
import { cancel } from '../core/cancel.ts';
import { limits } from '../core/limits.ts';
import { listEmails } from '../core/list-emails.ts';
import type { DeliveryLog } from '../core/ports/delivery-log.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Random } from '../core/ports/random.ts';
import { prepare } from '../core/prepare.ts';
import { reschedule } from '../core/reschedule.ts';
import type { ApiRouter } from '../http/api-router.ts';
import { createApp } from '../http/app.ts';
import { createCursors } from '../http/reading/cursor.ts';
import type { AppPorts } from '../http/ports.ts';
import { createComposer } from '../mime/compose.ts';
import { problemOfDraft } from '../mime/draft-problem.ts';
import { publishedDocument } from './api-document.ts';
import type { WiredDomains } from './domains.ts';
import type { EmbeddedParts } from './embedded.ts';
import { wireUnsubscribeLinks } from './unsubscribe-links.ts';
import type { WebhookActions } from './webhooks.ts';

/** The stores that the API stands on, whatever they are. */
export type ApiStores = Pick<
  EmbeddedParts,
  | 'admissions'
  | 'contents'
  | 'domains'
  | 'idempotency'
  | 'ledger'
  | 'masterKey'
  | 'projects'
  | 'secretBox'
  | 'suppressions'
  | 'webhooks'
> &
  Pick<AppPorts, 'keys' | 'webhookDeliveries'>;

/** What differs between an HTTP server and a function. */
export type ApiEdge = Pick<AppPorts, 'docsAssets' | 'requests' | 'sourceOf' | 'takeReport'> &
  WebhookActions & {
    /** Whether the store takes writes. */
    readonly ready: () => boolean;
  };

/** The API on its stores. */
export function wireApp(
  config: Config,
  stores: ApiStores,
  domains: WiredDomains,
  edge: ApiEdge,
  ambient: { readonly clock: Clock; readonly random: Random; readonly log: Log; readonly deliveryLog?: DeliveryLog },
): ApiRouter {
  const { random } = ambient;
  const { unsubscribeTokens, unsubscribeUrl } = wireUnsubscribeLinks(config, stores.masterKey);
  const acceptPorts = {
    ...ambient,
    ...stores,
    composer: createComposer(random),
    maxAgeMs: config.maxAgeMs,
    unsubscribeUrl,
  };
  return createApp({
    ...ambient,
    ...domains,
    ...edge,
    accept: (submissions, context) => accept(submissions, context, acceptPorts),
    prepare: (sendable, suppressed, projectId) => prepare(sendable, suppressed, projectId, acceptPorts),
    list: (projectId, request) => listEmails(projectId, request, stores),
    awaitOutcome: (projectId, id, waitMs, signal) => awaitOutcome(projectId, id, waitMs, acceptPorts, signal),
    reschedule: (projectId, id, at) => reschedule(projectId, id, at, stores),
    openContent: (id) => stores.contents.open(id),
    find: (projectId, id) => stores.ledger.find(projectId, id),
    cancel: (projectId, id) => cancel(projectId, id, { ...ambient, ledger: stores.ledger }),
    problemOfDraft,
    domains: stores.domains,
    projects: stores.projects,
    health: () => ({ ready: edge.ready(), route: config.route.kind }),
    describeApi: publishedDocument,
    keys: stores.keys,
    failures: createMemoryRateLimiter(),
    idempotency: stores.idempotency,
    suppressions: stores.suppressions,
    suppressionLists:
      config.aws === null
        ? { mostImported: limits.importedLines, exportBytes: null }
        : { mostImported: limits.importedLinesOnAws, exportBytes: limits.exportedBytesOnAws },
    unsubscribeTokens,
    makesUnsubscribeLinks: unsubscribeUrl !== null,
    webhooks: stores.webhooks,
    webhookDeliveries: stores.webhookDeliveries,
    secretBox: stores.secretBox,
    cursors: createCursors(derivedKey(stores.masterKey, 'cursor')),
    limits: {
      maxRequestBytes: config.maxRequestBytes,
      maxBytesInFlight: Math.max(limits.requestBytesInFlight, config.maxRequestBytes),
    },
  });
}
