import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createSqliteAdmissions } from '../../functions/adapters/admissions-sqlite.ts';
import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createSqliteContentStore } from '../../functions/adapters/content-sqlite.ts';
import { createSwaggerUiAssets } from '../../functions/adapters/docs-assets-swagger-ui.ts';
import { createSqliteDomains } from '../../functions/adapters/domains-sqlite.ts';
import { createSqliteFullMailboxes } from '../../functions/adapters/full-mailboxes-sqlite.ts';
import { createSqliteIdempotency } from '../../functions/adapters/idempotency-sqlite.ts';
import { createSqliteKeys } from '../../functions/adapters/keys-sqlite.ts';
import { createSqliteLedger } from '../../functions/adapters/ledger-sqlite.ts';
import { createSqliteProjects } from '../../functions/adapters/projects-sqlite.ts';
import { createLogMetrics } from '../../functions/adapters/metrics-log.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createMemoryRateLimiter } from '../../functions/adapters/rate-limiter-memory.ts';
import { createAesSecretBox } from '../../functions/adapters/secret-box-aes.ts';
import { createSqliteSuppressions } from '../../functions/adapters/suppressions-sqlite.ts';
import { createSqliteWebhookDeliveries } from '../../functions/adapters/webhook-deliveries-sqlite.ts';
import { createHttpWebhookSender } from '../../functions/adapters/webhook-sender-http.ts';
import { createSqliteWebhooks } from '../../functions/adapters/webhooks-sqlite.ts';
import { accept } from '../../functions/core/accept.ts';
import { awaitOutcome } from '../../functions/core/await-outcome.ts';
import { cancel } from '../../functions/core/cancel.ts';
import type { Draft } from '../../functions/core/draft.ts';
import type { KeyId, ProjectId } from '../../functions/core/ids.ts';
import { listEmails } from '../../functions/core/list-emails.ts';
import type { Principal } from '../../functions/core/ports/keys.ts';
import { prepare } from '../../functions/core/prepare.ts';
import { reschedule } from '../../functions/core/reschedule.ts';
import { scopes } from '../../functions/core/keys/scopes.ts';
import { createApp } from '../../functions/http/app.ts';
import { createCursors } from '../../functions/http/reading/cursor.ts';
import { createMalformedAnswer } from '../../functions/http/malformed-request.ts';
import { type OpenApiDocument, openApiDocument } from '../../functions/http/openapi/openapi.ts';
import type { AppPorts } from '../../functions/http/ports.ts';
import type { Domains } from '../../functions/core/ports/domains.ts';
import type { Resolver } from '../../functions/core/ports/resolver.ts';
import { addressesOfConfiguredHost } from '../../functions/dns/host-addresses.ts';
import { createComposer } from '../../functions/mime/compose.ts';
import { createKeyRing } from '../../functions/mime/dkim-key-ring.ts';
import { problemOfDraft } from '../../functions/mime/draft-problem.ts';
import { createApiServer } from '../../functions/wiring/api-server.ts';
import { createRequestListener } from '../../functions/wiring/request-listener.ts';
import { sourceOfConnection } from '../../functions/wiring/source-of-connection.ts';
import { wireDomains } from '../../functions/wiring/domains.ts';
import { wireUncachedResolver } from '../../functions/wiring/resolver.ts';
import manifest from '../../package.json' with { type: 'json' };
import { wireReports } from '../../functions/wiring/reports.ts';
import { wireUnsubscribeLinks } from '../../functions/wiring/unsubscribe-links.ts';
import { wireWebhookActions } from '../../functions/wiring/webhooks.ts';
import { temporaryStore } from '../adapters/temporary-store.ts';

/** The members that an answer of the API may have; which ones it has is what tests ask. */
export type AnswerBody = {
  readonly id: string;
  readonly message_id: string;
  readonly status: string | number;
  readonly code: string;
  readonly detail: string;
  readonly request_id: string;
  readonly retryable: boolean;
  readonly errors: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
};

export type Answer = Omit<Response, 'json'> & { json(): Promise<AnswerBody> };

/** What the domains of the API stand on; without it, DNS cannot be reached and unverified senders are allowed. */
export type DomainWorld = { readonly resolver: Resolver; readonly unverifiedSenders: 'allow' | 'refuse' };

export type Api = {
  readonly ports: AppPorts;
  /** The store of sender domains. */
  readonly domains: Domains;
  /** The files of the store. */
  readonly directory: string;
  readonly key: string;
  /** Drafts in the order of acceptance. */
  readonly drafts: Draft[];
  /** Everything that was logged, as JSON lines. */
  readonly logged: string[];
  /** Asks the app itself, without a network, as if from the address `source`. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    source?: string,
  ): Promise<Answer>;
  /** Serves it on loopback; answers the port. */
  listen(requestTimeoutMs?: number): Promise<number>;
  document(): Promise<OpenApiDocument>;
  dispose(): Promise<void>;
};

export const otherKey = 'a-key-of-another-project-0123456789';

const otherPrincipal: Principal = {
  projectId: 'prj_other' as ProjectId,
  keyId: 'other' as KeyId,
  scopes,
  senderDomains: null,
  recipients: null,
  mode: 'live',
  rate: null,
};

// Nothing listens on the discard port of loopback.
const unreachable = wireUncachedResolver(
  { dns: { kind: 'udp', host: '127.0.0.1', port: 9 }, allowPrivateAddresses: false, tlsCaFile: null },
  { clock: systemClock, random: systemRandom },
);

type Changes = Partial<Omit<AppPorts, 'keys'>> & { readonly keys?: Partial<AppPorts['keys']> };

/** The API on a store of its own: the real use cases, composer and embedded adapters, with `changes` to the ports. */
export async function startApi(
  changes: Changes = {},
  world: DomainWorld = { resolver: unreachable, unverifiedSenders: 'allow' },
): Promise<Api> {
  const temporary = temporaryStore();
  const { store } = temporary;
  const key = `key-${randomBytes(20).toString('hex')}`;
  const drafts: Draft[] = [];
  const logged: string[] = [];
  const domains = createSqliteDomains(store);
  const embedded = embeddedPorts(store, drafts, logged, domains, world);
  const ports: AppPorts = { ...embedded, ...changes, keys: { ...embedded.keys, ...changes.keys } };
  const app = createApp(ports);
  const servers: Server[] = [];
  await createSqliteKeys(store, systemRandom).ensureBootstrapKey(key, systemClock.now());
  return {
    ports,
    domains,
    directory: temporary.directory,
    key,
    drafts,
    logged,
    async request(method, path, body, headers = {}, source = '192.0.2.1') {
      const init = {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      };
      return (await app.request(path, init, { incoming: { socket: { remoteAddress: source } } })) as Answer;
    },
    async listen(requestTimeoutMs = 10_000) {
      const server = createApiServer({
        listener: createRequestListener(app, createMalformedAnswer({ random: systemRandom }), 'localhost'),
        random: systemRandom,
        serverOptions: { requestTimeout: requestTimeoutMs, connectionsCheckingInterval: 100 },
      });
      servers.push(server);
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      return (server.address() as AddressInfo).port;
    },
    document: async () => (await (await app.request('/openapi.json')).json()) as OpenApiDocument,
    async dispose() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await temporary.dispose();
    },
  };
}

function embeddedPorts(
  store: ReturnType<typeof temporaryStore>['store'],
  drafts: Draft[],
  logged: string[],
  domains: Domains,
  world: DomainWorld,
): AppPorts {
  const ledger = createSqliteLedger(store);
  const keys = createSqliteKeys(store, systemRandom);
  const log = {
    info: (event: string, fields = {}) => logged.push(JSON.stringify({ event, ...fields })),
    warn: (event: string, fields = {}) => logged.push(JSON.stringify({ event, ...fields })),
    error: (event: string, fields = {}) => logged.push(JSON.stringify({ event, ...fields })),
  };
  const links = wireUnsubscribeLinks({ publicUrl: 'https://mail.example' }, Buffer.alloc(32, 5));
  const use = {
    admissions: createSqliteAdmissions(store),
    composer: createComposer(systemRandom),
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: createLogMetrics(log),
    maxAgeMs: 5 * 86_400_000,
    ...links,
  };
  const stores = {
    domains,
    fullMailboxes: createSqliteFullMailboxes(store),
    projects: createSqliteProjects(store),
    secretBox: createAesSecretBox(systemRandom.bytes(32), systemRandom),
    webhooks: createSqliteWebhooks(store),
    webhookDeliveries: createSqliteWebhookDeliveries(store),
    ledger,
    suppressions: createSqliteSuppressions(store),
    masterKey: Buffer.alloc(32, 5),
  };
  const sender = createHttpWebhookSender({
    findAddresses: (host, deadline) =>
      addressesOfConfiguredHost(host, deadline, { ...world, allowPrivateAddresses: true }),
    allowPrivateAddresses: true,
    trustedCas: [],
    clock: systemClock,
  });
  const publishing = { outboundHost: null, returnPathDomain: null };
  const settings = { ...world, publishing, operatorKeys: createKeyRing([]) };
  return {
    ...wireDomains(stores, settings, use),
    ...stores,
    ...wireWebhookActions({ allowPrivateAddresses: false }, stores, sender, use),
    takeReport: wireReports({ returnPath: { domain: 'back.example', secrets: [] } }, stores, use),
    accept(submissions, context) {
      drafts.push(...submissions.flatMap(({ sendable }) => ('message' in sendable ? [] : [sendable])));
      return accept(submissions, context, use);
    },
    prepare: (sendable, suppressed, projectId) => prepare(sendable, suppressed, projectId, use),
    list: (projectId, request) => listEmails(projectId, request, { ledger }),
    awaitOutcome: (projectId, id, waitMs, signal) =>
      awaitOutcome(projectId, id, waitMs, { ledger, clock: systemClock }, signal),
    reschedule: (projectId, id, at) => reschedule(projectId, id, at, { ledger }),
    openContent: (id) => createSqliteContentStore(store).open(id),
    find: (projectId, id) => ledger.find(projectId, id),
    cancel: (projectId, id) => cancel(projectId, id, { ledger, clock: systemClock }),
    problemOfDraft,
    describeApi: async (operations) => JSON.stringify(openApiDocument(operations, manifest.version)),
    docsAssets: createSwaggerUiAssets(),
    health: () => ({ ready: store.failure() === null, route: 'sandbox' }),
    keys: {
      ...keys,
      // A second project, so that tests can ask for the first one's emails.
      authenticate: async (presented) => (presented === otherKey ? otherPrincipal : keys.authenticate(presented)),
    },
    requests: createMemoryRateLimiter(),
    failures: createMemoryRateLimiter(),
    sourceOf: sourceOfConnection,
    idempotency: createSqliteIdempotency(store),
    cursors: createCursors(Buffer.alloc(32, 7)),
    suppressionLists: { mostImported: 1_000_000, exportBytes: null },
    unsubscribeTokens: links.unsubscribeTokens,
    makesUnsubscribeLinks: true,
    clock: systemClock,
    random: systemRandom,
    log,
    limits: { maxRequestBytes: 20 * 1024 * 1024, maxBytesInFlight: 30 * 1024 * 1024 },
  };
}
