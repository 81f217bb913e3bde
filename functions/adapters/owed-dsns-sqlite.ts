import type { DeliveryId, ProjectId } from '../core/ids.ts';
import type { OwedDsns } from '../core/ports/owed-dsns.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Notifications that may be owed, on the embedded store. */
export function createSqliteOwedDsns(store: SqliteStore): OwedDsns {
  return {
    left: async (now, limit, hiddenUntil) => {
      const select = store.statement(
        'SELECT seq, project_id, delivery_id FROM dsn_owed WHERE due_at <= ? ORDER BY seq LIMIT ?',
      );
      const rows = select.all(now, limit);
      if (rows.length === 0) return [];
      await store.write(() => {
        const hide = store.statement('UPDATE dsn_owed SET due_at = ? WHERE seq = ?');
        for (const { seq } of rows) hide.run(hiddenUntil, Number(seq));
      });
      return rows.map((row) => ({
        id: Number(row['seq']),
        projectId: String(row['project_id']) as ProjectId,
        deliveryId: String(row['delivery_id']) as DeliveryId,
      }));
    },
    forget: (id) =>
      store.write(() => {
        store.statement('DELETE FROM dsn_owed WHERE seq = ?').run(id);
      }),
  };
}
