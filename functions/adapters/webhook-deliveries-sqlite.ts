import type { WebhookId } from '../core/ids.ts';
import type { WebhookBacklog } from '../core/ports/webhook-deliveries.ts';
import type { ProjectEvent } from '../core/events/project-event.ts';
import type { WebhookAttempt, WebhookDelivery } from '../core/webhooks/webhook-delivery.ts';
import { oweEvents } from './sqlite-owed-events.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { wakeOnceCommitted, whenOwed } from './sqlite-wakes.ts';

type Row = {
  readonly webhook_id: WebhookId;
  readonly status: WebhookDelivery['status'];
  readonly version: number;
  readonly due_at: number | null;
  readonly tries: number;
  readonly ended_at: number | null;
  readonly event: string;
  readonly attempts: string;
};

const columns = 'webhook_id, status, version, due_at, tries, ended_at, event, attempts';
/** A purge works in steps of so many rows, and lets other writes through between them. */
const rowsPerPurge = 1_000;

/** Webhook deliveries on the embedded store. What emails, suppressions and domains owe is written by their own adapters. */
export function createSqliteWebhookDeliveries(store: SqliteStore): WebhookBacklog {
  return {
    append: (event) => store.write(() => oweEvents(store, event.projectId, () => [event])),
    async find(webhookId, eventId) {
      const row = store
        .statement(`SELECT ${columns} FROM webhook_delivery WHERE webhook_id = ? AND event_id = ?`)
        .get(webhookId, eventId);
      return row === undefined ? null : deliveryOf(row as Row);
    },
    async list(webhookId, { limit, before, status }) {
      const rows = store
        .statement(
          `SELECT ${columns} FROM webhook_delivery
           WHERE webhook_id = :webhook AND (:before IS NULL OR event_id < :before)
             AND (:status IS NULL OR status = :status)
           ORDER BY event_id DESC LIMIT :limit`,
        )
        .all({ webhook: webhookId, before, status, limit });
      return (rows as Row[]).map(deliveryOf);
    },
    commit: (next, now) => store.write(() => commit(store, next, now)),
    waiting: async (now) => waiting(store, now),
    claim: (webhookId, now, limit, leaseUntil) => store.write(() => claim(store, webhookId, now, limit, leaseUntil)),
    whenOwed: (listener) => whenOwed(store, listener),
    async purge(endedBefore) {
      let count = 0;
      for (;;) {
        const purged = await store.write(() => purgeSome(store, endedBefore));
        count += purged;
        if (purged < rowsPerPurge) return count;
      }
    },
  };
}

// From one endpoint to the next in the index of what is due, however much is due for each.
function waiting(store: SqliteStore, now: number): WebhookId[] {
  const first = store.statement(
    `SELECT webhook_id, due_at FROM webhook_delivery
     WHERE due_at IS NOT NULL AND webhook_id > ? ORDER BY webhook_id, due_at LIMIT 1`,
  );
  const found: WebhookId[] = [];
  for (let last = ''; ;) {
    const row = first.get(last) as Pick<Row, 'webhook_id' | 'due_at'> | undefined;
    if (row === undefined) return found;
    if ((row.due_at ?? Infinity) <= now) found.push(row.webhook_id);
    last = row.webhook_id;
  }
}

function claim(
  store: SqliteStore,
  webhookId: WebhookId,
  now: number,
  limit: number,
  leaseUntil: number,
): WebhookDelivery[] {
  const rows = store
    .statement(
      `SELECT ${columns} FROM webhook_delivery WHERE webhook_id = ? AND due_at <= ? ORDER BY due_at, event_id LIMIT ?`,
    )
    .all(webhookId, now, limit) as Row[];
  return rows.map((row) => {
    const claimed = { ...deliveryOf(row), version: row.version + 1, dueAt: leaseUntil };
    replace(store, claimed);
    return claimed;
  });
}

function commit(store: SqliteStore, next: WebhookDelivery, now: number): 'committed' | 'fenced' {
  if (!replace(store, next)) return 'fenced';
  if (next.status !== 'pending') {
    const { stream } = next.event;
    store
      .statement(
        `UPDATE webhook_delivery SET due_at = :now
         WHERE webhook_id = :webhook AND event_id =
           (SELECT event_id FROM webhook_delivery
            WHERE webhook_id = :webhook AND stream = :stream AND status = 'pending' ORDER BY place LIMIT 1)
           AND due_at IS NULL`,
      )
      .run({ now, webhook: next.webhookId, stream });
  } else if (next.dueAt !== null && next.dueAt <= now) {
    wakeOnceCommitted(store);
  }
  return 'committed';
}

function replace(store: SqliteStore, next: WebhookDelivery): boolean {
  const { webhookId, event, status, version, dueAt, tries, endedAt, attempts } = next;
  const { changes } = store
    .statement(
      `UPDATE webhook_delivery SET status = ?, version = ?, due_at = ?, tries = ?, ended_at = ?, attempts = ?
       WHERE webhook_id = ? AND event_id = ? AND version = ?`,
    )
    .run(status, version, dueAt, tries, endedAt, JSON.stringify(attempts), webhookId, event.id, version - 1);
  return changes === 1;
}

function purgeSome(store: SqliteStore, endedBefore: number): number {
  const { changes } = store
    .statement(
      `DELETE FROM webhook_delivery WHERE (webhook_id, event_id) IN
         (SELECT webhook_id, event_id FROM webhook_delivery WHERE ended_at < ? LIMIT ?)`,
    )
    .run(endedBefore, rowsPerPurge);
  return Number(changes);
}

function deliveryOf(row: Row): WebhookDelivery {
  return {
    webhookId: row.webhook_id,
    event: JSON.parse(row.event) as ProjectEvent,
    status: row.status,
    version: row.version,
    dueAt: row.due_at,
    tries: row.tries,
    endedAt: row.ended_at,
    attempts: JSON.parse(row.attempts) as readonly WebhookAttempt[],
  };
}
