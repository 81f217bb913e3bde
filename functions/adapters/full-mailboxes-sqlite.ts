import type { FullMailboxes } from '../core/ports/full-mailboxes.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Full mailboxes on the embedded store: a row a day. Days that no longer count for anybody go with the next note. */
export function createSqliteFullMailboxes(store: SqliteStore): FullMailboxes {
  return {
    note: (projectId, canonical, day, since) =>
      store.write(() => {
        store.statement('DELETE FROM full_mailbox WHERE day < ?').run(since);
        store.statement('INSERT OR IGNORE INTO full_mailbox VALUES (?, ?, ?)').run(projectId, canonical, day);
        const row = store
          .statement('SELECT count(*) AS days FROM full_mailbox WHERE project_id = ? AND canonical = ? AND day >= ?')
          .get(projectId, canonical, since);
        return Number(row?.['days']);
      }),
    forget: (projectId, canonical) =>
      store.write(() => {
        store.statement('DELETE FROM full_mailbox WHERE project_id = ? AND canonical = ?').run(projectId, canonical);
      }),
  };
}
