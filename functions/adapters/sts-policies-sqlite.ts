import type { KeptStsPolicy, StsPolicies } from '../core/ports/sts-policies.ts';
import type { SqliteStore } from './sqlite-store.ts';

type Row = { readonly record: string };

/** MTA-STS policies on the embedded store. Those that have expired go when another one is kept. */
export function createSqliteStsPolicies(store: SqliteStore): StsPolicies {
  // Methods that only read are async although they need not be: what SQLite throws becomes a rejection.
  return {
    async find(domain) {
      const row = store.statement('SELECT record FROM sts_policy WHERE domain = ?').get(domain) as Row | undefined;
      return row === undefined ? null : keptIn(row);
    },
    keep: (kept) =>
      store.write(() => {
        store.statement('DELETE FROM sts_policy WHERE expires_at <= ?').run(kept.checkedAt);
        store
          .statement(
            `INSERT INTO sts_policy (domain, fetched_at, checked_at, expires_at, record) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (domain) DO UPDATE SET
               fetched_at = excluded.fetched_at, checked_at = excluded.checked_at,
               expires_at = excluded.expires_at, record = excluded.record
             WHERE (excluded.fetched_at, excluded.checked_at) >= (fetched_at, checked_at)`,
          )
          .run(kept.domain, kept.fetchedAt, kept.checkedAt, kept.expiresAt, JSON.stringify(kept));
      }),
    async unchecked(before, now, limit) {
      const rows = store
        .statement('SELECT record FROM sts_policy WHERE checked_at < ? AND expires_at > ? ORDER BY checked_at LIMIT ?')
        .all(before, now, limit) as Row[];
      return rows.map(keptIn);
    },
  };
}

function keptIn({ record }: Row): KeptStsPolicy {
  return JSON.parse(record) as KeptStsPolicy;
}
