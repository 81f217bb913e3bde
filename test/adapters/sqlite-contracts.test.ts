import { createSqliteAdmissions } from '../../functions/adapters/admissions-sqlite.ts';
import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createSqliteContentStore } from '../../functions/adapters/content-sqlite.ts';
import { createSqliteDomains } from '../../functions/adapters/domains-sqlite.ts';
import { createSqliteFullMailboxes } from '../../functions/adapters/full-mailboxes-sqlite.ts';
import { createSqliteIdempotency } from '../../functions/adapters/idempotency-sqlite.ts';
import { createSqliteKeys } from '../../functions/adapters/keys-sqlite.ts';
import { createSqliteLedger } from '../../functions/adapters/ledger-sqlite.ts';
import { createSqliteOwedDsns } from '../../functions/adapters/owed-dsns-sqlite.ts';
import { createSqliteProjects } from '../../functions/adapters/projects-sqlite.ts';
import { createSqliteQueue } from '../../functions/adapters/queue-sqlite.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createSqliteStsPolicies } from '../../functions/adapters/sts-policies-sqlite.ts';
import { createSqliteShapingState } from '../../functions/adapters/shaping-state-sqlite.ts';
import { createSqliteTlsReports } from '../../functions/adapters/tls-reports-sqlite.ts';
import { createSqliteSuppressions } from '../../functions/adapters/suppressions-sqlite.ts';
import { createSqliteWebhookDeliveries } from '../../functions/adapters/webhook-deliveries-sqlite.ts';
import { createSqliteWebhooks } from '../../functions/adapters/webhooks-sqlite.ts';
import { limits } from '../../functions/core/limits.ts';
import { sendOwedDsns } from '../../functions/core/dsn/send-owed-dsns.ts';
import { describeAdmissions } from '../contract/admissions.contract.ts';
import { describeContentStore } from '../contract/content.contract.ts';
import { describeDomains } from '../contract/domains.contract.ts';
import { describeDsns } from '../contract/dsns.contract.ts';
import { describeFullMailboxes } from '../contract/full-mailboxes.contract.ts';
import { describeKeys } from '../contract/keys.contract.ts';
import { describeLedgerListing } from '../contract/ledger-listing.contract.ts';
import { describeLedger } from '../contract/ledger.contract.ts';
import { describeProjects } from '../contract/projects.contract.ts';
import { describeQueue } from '../contract/queue.contract.ts';
import { describeStsPolicies } from '../contract/sts-policies.contract.ts';
import { describeTlsReports } from '../contract/tls-reports.contract.ts';
import { describeWebhookDeliveries } from '../contract/webhook-deliveries.contract.ts';
import { describeWebhooks } from '../contract/webhooks.contract.ts';
import { describeShapingState } from '../contract/shaping-state.contract.ts';
import { describeSuppressions } from '../contract/suppressions.contract.ts';
import { quietLog } from '../support/quiet-log.ts';
import { createMemoryShapingState } from '../support/shaping.ts';
import { adjustableClock, temporaryStore } from './temporary-store.ts';

const visibilityMs = 60_000;

describeLedger('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { ledger: createSqliteLedger(store), admissions: createSqliteAdmissions(store), dispose };
});

describeLedgerListing('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { ledger: createSqliteLedger(store), admissions: createSqliteAdmissions(store), dispose };
});

// Bounds so low that most listings come to one of them.
describeLedgerListing('SQLite, looking at four emails a request', async () => {
  const { store, dispose } = temporaryStore();
  const ledger = createSqliteLedger(store, { perTurn: 2, perRequest: 4 });
  return { ledger, admissions: createSqliteAdmissions(store), dispose };
});

describeQueue('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  const clock = adjustableClock();
  return {
    queue: createSqliteQueue(store, clock, visibilityMs),
    async putRaw(body) {
      await store.write(() => store.statement('INSERT INTO job (body) VALUES (?)').run(body));
    },
    async passVisibility() {
      clock.advance(visibilityMs);
    },
    dispose,
  };
});

describeContentStore('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return {
    contents: createSqliteContentStore(store),
    async lose(id) {
      await store.write(() => store.statement('DELETE FROM content WHERE email_id = ?').run(id));
    },
    admissions: createSqliteAdmissions(store),
    dispose,
  };
});

describeAdmissions('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return {
    admissions: createSqliteAdmissions(store),
    ledger: createSqliteLedger(store),
    queue: createSqliteQueue(store, systemClock),
    contents: createSqliteContentStore(store),
    idempotency: createSqliteIdempotency(store),
    purges: true,
    dispose,
  };
});

describeSuppressions('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { suppressions: createSqliteSuppressions(store), purges: true, dispose };
});

describeKeys('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  const make = () => createSqliteKeys(store, systemRandom);
  return { keys: make(), reopened: make, dispose };
});

describeDomains('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { domains: createSqliteDomains(store), dispose };
});

describeStsPolicies('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { stsPolicies: createSqliteStsPolicies(store), reopened: () => createSqliteStsPolicies(store), dispose };
});

describeTlsReports('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { tlsReports: createSqliteTlsReports(store), reopened: () => createSqliteTlsReports(store), dispose };
});

describeProjects('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { projects: createSqliteProjects(store), reopened: () => createSqliteProjects(store), dispose };
});

describeWebhooks('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { webhooks: createSqliteWebhooks(store), reopened: () => createSqliteWebhooks(store), dispose };
});

describeWebhookDeliveries('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  const deliveries = createSqliteWebhookDeliveries(store);
  return {
    webhooks: createSqliteWebhooks(store),
    deliveries,
    take: (id, _streams, at) => deliveries.claim(id, at, 100, at + 60_000),
    dispose,
  };
});

describeFullMailboxes('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { fullMailboxes: createSqliteFullMailboxes(store), dispose };
});

describeDsns('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  const clock = adjustableClock();
  const stores = {
    admissions: createSqliteAdmissions(store),
    ledger: createSqliteLedger(store),
    contents: createSqliteContentStore(store),
    owedDsns: createSqliteOwedDsns(store),
  };
  return {
    ...stores,
    async look(sendDsns) {
      clock.advance(limits.dsnRetryMs);
      await sendOwedDsns({ ...stores, sendDsns, clock, log: quietLog });
    },
    dispose,
  };
});

describeShapingState('SQLite', async () => {
  const { store, dispose } = temporaryStore();
  return { make: () => createSqliteShapingState(store), purges: true, dispose };
});

// What stands in for a store elsewhere in the tests keeps the same promises.
describeShapingState('memory', async () => {
  const state = createMemoryShapingState();
  return { make: () => state, purges: true, dispose: async () => undefined };
});
