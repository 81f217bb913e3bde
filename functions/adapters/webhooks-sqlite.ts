import type { ProjectId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { Webhooks } from '../core/ports/webhooks.ts';
import { forgetWebhooks, webhooksOf } from './sqlite-owed-events.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Endpoints on the embedded store. */
export function createSqliteWebhooks(store: SqliteStore): Webhooks {
  const changing = async <Result>(projectId: ProjectId, operation: () => Result): Promise<Result> => {
    try {
      return await store.write(() => {
        const result = operation();
        forgetWebhooks(store, projectId);
        return result;
      });
    } finally {
      forgetWebhooks(store, projectId);
    }
  };
  return {
    add: (webhook) =>
      changing(webhook.projectId, () => {
        const { id, projectId } = webhook;
        if (webhooksOf(store, projectId).length >= limits.webhooksPerProject) return 'full';
        store
          .statement('INSERT INTO webhook (id, project_id, record) VALUES (?, ?, ?)')
          .run(id, projectId, JSON.stringify(webhook));
        return 'added';
      }),
    async find(projectId, id) {
      return webhooksOf(store, projectId).find((webhook) => webhook.id === id) ?? null;
    },
    list: async (projectId) => webhooksOf(store, projectId),
    change: (projectId, id, change) =>
      changing(projectId, () => {
        const before = webhooksOf(store, projectId).find((webhook) => webhook.id === id);
        if (before === undefined) return null;
        const changed = change(before);
        if (changed === before) return before;
        const next = { ...changed, version: before.version + 1 };
        store.statement('UPDATE webhook SET record = ? WHERE id = ?').run(JSON.stringify(next), id);
        return next;
      }),
    remove: (projectId, id) =>
      changing(projectId, () => {
        const removed = store.statement('DELETE FROM webhook WHERE id = ? AND project_id = ?').run(id, projectId);
        return removed.changes > 0;
      }),
  };
}
