import { claimed } from '../core/claim.ts';
import type { Delivery, Email } from '../core/email.ts';
import { partsOfDeliveryId } from '../core/delivery-id.ts';
import type { DeliveryId, ProjectId } from '../core/ids.ts';
import type { Claim, DeliveryName, Ledger } from '../core/ports/ledger.ts';
import { emailEvents } from '../core/events/project-event.ts';
import { findEmail } from './sqlite-find.ts';
import { listEmails, type ListingScan, listingScan } from './sqlite-listing.ts';
import { oweDsns } from './sqlite-owed-dsns.ts';
import { oweEvents } from './sqlite-owed-events.ts';
import { deliveryColumns, deliveryOf, type DeliveryRow, emailOf } from './sqlite-records.ts';
import type { SqliteStore } from './sqlite-store.ts';

type JoinedRow = DeliveryRow & { readonly record: string };

/** The ledger on the embedded store; `scan` bounds how many emails a listing looks at. */
export function createSqliteLedger(store: SqliteStore, scan: ListingScan = listingScan): Ledger {
  return {
    claim: (delivery, now, leaseUntil) => store.write(() => claim(store, delivery, now, leaseUntil)),
    look: async (delivery) => {
      const found = findDelivery(store, delivery);
      return found === null ? { kind: 'missing' } : { kind: 'found', ...found };
    },
    commit: (next) => store.write(() => (commit(store, next) ? 'committed' : 'fenced')),
    async due(now, limit) {
      const rows = store
        .statement(
          `SELECT ${deliveryColumns}, record FROM delivery JOIN email ON email.id = email_id
           WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, email_id, position LIMIT ?`,
        )
        .all(now, limit) as JoinedRow[];
      return rows.map(joined);
    },
    find: async (projectId, id) => findEmail(store, projectId, id),
    projectsOf: async (id) => {
      const row = store.statement('SELECT project_id FROM email WHERE id = ?').get(id);
      return row === undefined ? [] : [String(row['project_id']) as ProjectId];
    },
    list: (projectId, walk) => listEmails(store, projectId, walk, scan),
    reschedule: (email, deliveries) =>
      store.write(() => (reschedule(store, email, deliveries) ? 'committed' : 'fenced')),
  };
}

/**
 * For the start of the one process on the store: whatever is being sent belonged to a process that is gone, so its lease
 * ends now and the next sweep records the doubt, instead of after the rest of the lease. Answers how many there were.
 */
export function recoverAbandoned(store: SqliteStore, now: number): Promise<number> {
  return store.write(() =>
    Number(
      store
        .statement(
          `UPDATE delivery SET due_at = ?, version = version + 1
           WHERE due_at IS NOT NULL AND state = 'sending' AND due_at > ?`,
        )
        .run(now, now).changes,
    ),
  );
}

/**
 * For the same moment: a delivery that the sweep had marked as queued when the process ended, before its job was on disk,
 * is due now instead of when `limits.queuedGraceMs` have passed. Answers how many there were.
 */
export function recoverJobless(store: SqliteStore, now: number): Promise<number> {
  return store.write(() =>
    Number(
      store
        .statement(
          `UPDATE delivery SET due_at = ?, version = version + 1
           WHERE due_at IS NOT NULL AND state = 'queued' AND due_at > ?
             AND email_id || '.' || position NOT IN
               (SELECT coalesce(json_extract(body, '$.deliveryId'), '') FROM job WHERE json_valid(body))`,
        )
        .run(now, now).changes,
    ),
  );
}

function reschedule(store: SqliteStore, email: Email, deliveries: readonly Delivery[]): boolean {
  const version = store.statement('SELECT version FROM delivery WHERE email_id = ? AND position = ?');
  const isFenced = deliveries.some(({ id, version: next }) => {
    const { emailId, index } = partsOfDeliveryId(id);
    return version.get(emailId, index)?.['version'] !== next - 1;
  });
  if (isFenced) return false;
  store.statement('UPDATE email SET record = ? WHERE id = ?').run(JSON.stringify(email), email.id);
  for (const delivery of deliveries) replace(store, delivery);
  return true;
}

function commit(store: SqliteStore, next: Delivery): boolean {
  oweEvents(store, next.projectId, () => {
    const row = rowOf(store, next.id);
    if (row === undefined || row.version !== next.version - 1) return [];
    const { email, delivery } = joined(row);
    return emailEvents(email, [delivery], [next]);
  });
  const replaced = replace(store, next);
  if (replaced) oweDsns(store, [next]);
  return replaced;
}

function claim(store: SqliteStore, name: DeliveryName, now: number, leaseUntil: number): Claim {
  const found = findDelivery(store, name);
  if (found === null) return { kind: 'lost', why: 'missing' };
  const decision = claimed(found.delivery, now, leaseUntil);
  if (decision.kind === 'lost') return decision;
  if (decision.kind === 'abandoned') return { kind: 'abandoned', ...found };
  const { email, delivery } = found;
  replace(store, decision.delivery);
  oweEvents(store, email.projectId, () => emailEvents(email, [delivery], [decision.delivery]));
  return { kind: 'claimed', email, delivery: decision.delivery };
}

function findDelivery(
  store: SqliteStore,
  { id, projectId }: DeliveryName,
): { readonly email: Email; readonly delivery: Delivery } | null {
  const row = rowOf(store, id);
  const found = row === undefined ? null : joined(row);
  return found?.email.projectId === projectId ? found : null;
}

function replace(store: SqliteStore, next: Delivery): boolean {
  const { state, version, attempt, claimedAt, dueAt } = next;
  const { emailId, index } = partsOfDeliveryId(next.id);
  const { changes } = store
    .statement(
      `UPDATE delivery SET state = ?, version = ?, attempt = ?, claimed_at = ?, due_at = ?, recipients = ?
       WHERE email_id = ? AND position = ? AND version = ?`,
    )
    .run(state, version, attempt, claimedAt, dueAt, JSON.stringify(next.recipients), emailId, index, version - 1);
  return changes === 1;
}

function rowOf(store: SqliteStore, id: DeliveryId): JoinedRow | undefined {
  const { emailId, index } = partsOfDeliveryId(id);
  return store
    .statement(
      `SELECT ${deliveryColumns}, record FROM delivery JOIN email ON email.id = email_id
       WHERE email_id = ? AND position = ?`,
    )
    .get(emailId, index) as JoinedRow | undefined;
}

function joined(row: JoinedRow): { readonly email: Email; readonly delivery: Delivery } {
  const email = emailOf(row.record);
  return { email, delivery: deliveryOf(row, email) };
}
