import { createSqliteAdmissions } from '../adapters/admissions-sqlite.ts';
import { createSqliteContentStore } from '../adapters/content-sqlite.ts';
import { derivedKey } from '../adapters/derived-key.ts';
import { createSqliteDomains } from '../adapters/domains-sqlite.ts';
import { createSqliteFullMailboxes } from '../adapters/full-mailboxes-sqlite.ts';
import { createSqliteIdempotency } from '../adapters/idempotency-sqlite.ts';
import { createSqliteKeys, type SqliteKeys } from '../adapters/keys-sqlite.ts';
import { createSqliteLedger, recoverAbandoned, recoverJobless } from '../adapters/ledger-sqlite.ts';
import { openMasterKeyFile } from '../adapters/master-key-file.ts';
import { createSqliteOwedDsns } from '../adapters/owed-dsns-sqlite.ts';
import { createSqliteProjects } from '../adapters/projects-sqlite.ts';
import { createSqliteQueue } from '../adapters/queue-sqlite.ts';
import { createAesSecretBox } from '../adapters/secret-box-aes.ts';
import { createSqliteShapingState } from '../adapters/shaping-state-sqlite.ts';
import { openSqliteStore } from '../adapters/sqlite-store.ts';
import { createSqliteStsPolicies } from '../adapters/sts-policies-sqlite.ts';
import { createSqliteSuppressions } from '../adapters/suppressions-sqlite.ts';
import { createSqliteTlsReports } from '../adapters/tls-reports-sqlite.ts';
import { createSqliteWebhookDeliveries } from '../adapters/webhook-deliveries-sqlite.ts';
import { createSqliteWebhooks } from '../adapters/webhooks-sqlite.ts';
import type { Config } from '../config.ts';
import type { Admissions } from '../core/ports/admissions.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ContentStore } from '../core/ports/content.ts';
import type { Domains } from '../core/ports/domains.ts';
import type { FullMailboxes } from '../core/ports/full-mailboxes.ts';
import type { Idempotency } from '../core/ports/idempotency.ts';
import type { Ledger } from '../core/ports/ledger.ts';
import type { OwedDsns } from '../core/ports/owed-dsns.ts';
import type { Projects } from '../core/ports/projects.ts';
import type { Queue } from '../core/ports/queue.ts';
import type { Random } from '../core/ports/random.ts';
import type { SecretBox } from '../core/ports/secret-box.ts';
import type { StsPolicies } from '../core/ports/sts-policies.ts';
import type { ShapingState } from '../core/ports/shaping-state.ts';
import type { Suppressions } from '../core/ports/suppressions.ts';
import type { TlsReports } from '../core/ports/tls-reports.ts';
import type { WebhookBacklog } from '../core/ports/webhook-deliveries.ts';
import type { Webhooks } from '../core/ports/webhooks.ts';

/** Every port that the one file in the data directory stands behind. */
export type EmbeddedParts = {
  readonly admissions: Admissions;
  readonly contents: ContentStore;
  /** Jobs point to the content, and never carry it. */
  readonly contentTravels: false;
  readonly domains: Domains;
  readonly fullMailboxes: FullMailboxes;
  readonly idempotency: Idempotency;
  readonly keys: SqliteKeys;
  readonly ledger: Ledger;
  readonly owedDsns: OwedDsns;
  /** What secrets in the store are encrypted under. */
  readonly masterKey: Uint8Array;
  readonly projects: Projects;
  readonly queue: Queue;
  readonly secretBox: SecretBox;
  readonly stsPolicies: StsPolicies;
  readonly shapingState: ShapingState;
  readonly suppressions: Suppressions;
  readonly tlsReports: TlsReports;
  readonly webhookDeliveries: WebhookBacklog;
  readonly webhooks: Webhooks;
  /** Whether the store takes writes. */
  ready(): boolean;
  /** Makes due at once what a process that is gone was sending, or had no job for yet. */
  recover(): Promise<{ readonly abandoned: number; readonly jobless: number }>;
  close(): void;
};

/** Opens the embedded store; `refused` is one sentence for the operator. */
export function openEmbedded(
  { dataDir, masterKey }: Pick<Config, 'dataDir' | 'masterKey'>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): { readonly kind: 'open'; readonly parts: EmbeddedParts } | { readonly kind: 'refused'; readonly why: string } {
  const opened = openSqliteStore(dataDir);
  if (opened.kind === 'refused') return opened;
  const { store } = opened;
  const secretsKey = masterKey ?? openMasterKeyFile(dataDir, random);
  const parts: EmbeddedParts = {
    admissions: createSqliteAdmissions(store),
    contents: createSqliteContentStore(store),
    contentTravels: false,
    domains: createSqliteDomains(store),
    fullMailboxes: createSqliteFullMailboxes(store),
    idempotency: createSqliteIdempotency(store),
    keys: createSqliteKeys(store, random),
    ledger: createSqliteLedger(store),
    masterKey: secretsKey,
    owedDsns: createSqliteOwedDsns(store),
    projects: createSqliteProjects(store),
    queue: createSqliteQueue(store, clock),
    secretBox: createAesSecretBox(derivedKey(secretsKey, 'secret box'), random),
    stsPolicies: createSqliteStsPolicies(store),
    shapingState: createSqliteShapingState(store),
    suppressions: createSqliteSuppressions(store),
    tlsReports: createSqliteTlsReports(store),
    webhookDeliveries: createSqliteWebhookDeliveries(store),
    webhooks: createSqliteWebhooks(store),
    ready: () => store.failure() === null,
    recover: async () => ({
      abandoned: await recoverAbandoned(store, clock.now()),
      jobless: await recoverJobless(store, clock.now()),
    }),
    close: () => store.close(),
  };
  return { kind: 'open', parts };
}
