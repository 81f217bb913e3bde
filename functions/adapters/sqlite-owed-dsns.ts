import { mayOweDsn } from '../core/dsn/may-owe-dsn.ts';
import type { Delivery } from '../core/email.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Notes that the senders of these deliveries may have to be told; inside the `write` that makes them so. */
export function oweDsns(store: SqliteStore, deliveries: readonly Delivery[]): void {
  for (const delivery of deliveries.filter(mayOweDsn)) {
    store
      .statement('INSERT INTO dsn_owed (project_id, delivery_id, due_at) VALUES (?, ?, 0)')
      .run(delivery.projectId, delivery.id);
  }
}
