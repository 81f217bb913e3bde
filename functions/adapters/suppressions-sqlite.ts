import { canonicalAddress } from '../core/canonical-address.ts';
import type { ProjectId } from '../core/ids.ts';
import type { Mailbox } from '../core/mailbox.ts';
import type { Suppression, SuppressionReason, Suppressions } from '../core/ports/suppressions.ts';
import { suppressionEvent } from '../core/events/project-event.ts';
import { oweEvents } from './sqlite-owed-events.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** A purge works in steps of so many rows, and lets other writes through between them. */
const rowsPerPurge = 1_000;

type Row = { readonly record: string };

/** Suppressions on the embedded store. */
export function createSqliteSuppressions(store: SqliteStore): Suppressions {
  // This process is the only one on the store: a table that was empty is so until it writes to it itself.
  let isEmpty: boolean | null = null;
  const changing = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write;
    } finally {
      isEmpty = null;
    }
  };
  // Methods that only read are async although they need not be: what SQLite throws becomes a rejection.
  return {
    async among(projectId, mailboxes, now) {
      isEmpty ??= store.statement('SELECT 1 FROM suppression LIMIT 1').get() === undefined;
      if (isEmpty) return new Map();
      const found = new Map<Mailbox, SuppressionReason>();
      for (const mailbox of mailboxes) {
        const standing = findStanding(store, projectId, canonicalAddress(mailbox), now);
        if (standing !== null) found.set(mailbox, standing.reason);
      }
      return found;
    },
    find: async (projectId, canonical, now) => findStanding(store, projectId, canonical, now),
    add: (suppressions, now) =>
      changing(
        store.write(() =>
          suppressions.map((suppression) => {
            const standing = findStanding(store, suppression.projectId, suppression.canonical, now);
            if (standing === null) addNew(store, suppression, now);
            return { suppression: standing ?? suppression, added: standing === null };
          }),
        ),
      ),
    remove: (projectId, canonical, now) =>
      store.write(() => {
        const standing = findStanding(store, projectId, canonical, now);
        if (standing === null) return false;
        store.statement('DELETE FROM suppression WHERE project_id = ? AND canonical = ?').run(projectId, canonical);
        oweEvents(store, projectId, () => [suppressionEvent('suppression.removed', standing, now)]);
        return true;
      }),
    async list(projectId, limit, after, now) {
      const rows = store
        .statement(
          `SELECT record FROM suppression
           WHERE project_id = ? AND canonical > ? AND (expires_at IS NULL OR expires_at > ?)
           ORDER BY canonical LIMIT ?`,
        )
        .all(projectId, after ?? '', now, limit) as Row[];
      return rows.map(suppressionOf);
    },
    async purge(now) {
      let count = 0;
      for (;;) {
        const purged = await store.write(() => purgeSome(store, now));
        count += purged;
        if (purged < rowsPerPurge) return count;
      }
    },
  };
}

// One look into the primary key: accepting an email asks this once a recipient.
function findStanding(store: SqliteStore, projectId: ProjectId, canonical: string, now: number): Suppression | null {
  const row = store
    .statement(
      `SELECT record FROM suppression
       WHERE project_id = ? AND canonical = ? AND (expires_at IS NULL OR expires_at > ?)`,
    )
    .get(projectId, canonical, now) as Row | undefined;
  return row === undefined ? null : suppressionOf(row);
}

function addNew(store: SqliteStore, suppression: Suppression, now: number): void {
  const { projectId, canonical, expiresAt } = suppression;
  store
    .statement('INSERT OR REPLACE INTO suppression (project_id, canonical, expires_at, record) VALUES (?, ?, ?, ?)')
    .run(projectId, canonical, expiresAt, JSON.stringify(suppression));
  oweEvents(store, projectId, () => [suppressionEvent('suppression.added', suppression, now)]);
}

function purgeSome(store: SqliteStore, now: number): number {
  const { changes } = store
    .statement(
      `DELETE FROM suppression WHERE (project_id, canonical) IN
         (SELECT project_id, canonical FROM suppression WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)`,
    )
    .run(now, rowsPerPurge);
  return Number(changes);
}

function suppressionOf({ record }: Row): Suppression {
  return JSON.parse(record) as Suppression;
}
