import type { DomainKey, Domains, SenderDomain } from '../core/ports/domains.ts';
import { domainEvents } from '../core/events/project-event.ts';
import { oweEvents } from './sqlite-owed-events.ts';
import type { SqliteStore } from './sqlite-store.ts';

type Row = { readonly record: string };
type StoredKey = Omit<DomainKey, 'sealedPrivateKey'> & { readonly sealedPrivateKey: string };
type StoredDomain = Omit<SenderDomain, 'keys'> & { readonly keys: readonly StoredKey[] };

/** Answers of `verified` that are remembered; every email asks for one or two. */
const mostRemembered = 2_000;

/**
 * Sender domains on the embedded store. What `verified` answers stays in memory until a domain is written: this process is the
 * only one on the store.
 */
export function createSqliteDomains(store: SqliteStore): Domains {
  const remembered = new Map<string, readonly SenderDomain[]>();
  const change = <Result>(operation: () => Result): Promise<Result> =>
    store.write(() => {
      // Before the commit, in the same turn: nobody can read in between.
      remembered.clear();
      return operation();
    });
  return {
    add: (domain) => change(() => (insert(store, domain) ? 'added' : 'exists')),
    async find(projectId, id) {
      return read(store, 'SELECT record FROM domain WHERE id = ? AND project_id = ?', id, projectId)[0] ?? null;
    },
    async list(projectId) {
      return read(store, 'SELECT record FROM domain WHERE project_id = ? ORDER BY name', projectId);
    },
    async verified(name) {
      const found =
        remembered.get(name) ??
        read(store, "SELECT record FROM domain WHERE name = ? AND status = 'verified' ORDER BY id", name);
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(name, found);
      return found;
    },
    update: (domain) => change(() => replace(store, domain)),
    remove: (projectId, id) =>
      change(() => {
        const removed = store.statement('DELETE FROM domain WHERE id = ? AND project_id = ?').run(id, projectId);
        return removed.changes > 0;
      }),
    async due(now, limit) {
      const sql = 'SELECT record FROM domain WHERE next_check_at <= ? ORDER BY next_check_at LIMIT ?';
      return read(store, sql, now, limit);
    },
  };
}

function read(store: SqliteStore, sql: string, ...parameters: readonly (string | number)[]): readonly SenderDomain[] {
  return (store.statement(sql).all(...parameters) as Row[]).map(({ record }) => domainOf(record));
}

function insert(store: SqliteStore, domain: SenderDomain): boolean {
  const { id, projectId, name, status, nextCheckAt } = domain;
  const inserted = store
    .statement(
      `INSERT INTO domain (id, project_id, name, status, next_check_at, record) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (project_id, name) DO NOTHING`,
    )
    .run(id, projectId, name, status, nextCheckAt, recordOf(domain));
  return inserted.changes > 0;
}

function replace(store: SqliteStore, domain: SenderDomain): boolean {
  const { id, projectId, status, nextCheckAt, checkedAt } = domain;
  const before = store.statement('SELECT status FROM domain WHERE id = ? AND project_id = ?').get(id, projectId);
  const replaced = store
    .statement(
      `UPDATE domain SET status = ?, next_check_at = ?, record = ?
       WHERE id = ? AND project_id = ? AND ifnull(record ->> '$.checkedAt', 0) <= ?`,
    )
    .run(status, nextCheckAt, recordOf(domain), id, projectId, checkedAt ?? 0);
  if (before === undefined || replaced.changes === 0) return false;
  oweEvents(store, projectId, () => domainEvents(before['status'] as SenderDomain['status'], domain));
  return true;
}

function recordOf(domain: SenderDomain): string {
  const keys = domain.keys.map((key): StoredKey => {
    return { ...key, sealedPrivateKey: Buffer.from(key.sealedPrivateKey).toString('base64') };
  });
  return JSON.stringify({ ...domain, keys } satisfies StoredDomain);
}

function domainOf(record: string): SenderDomain {
  const stored = JSON.parse(record) as StoredDomain;
  const keys = stored.keys.map((key): DomainKey => {
    return { ...key, sealedPrivateKey: new Uint8Array(Buffer.from(key.sealedPrivateKey, 'base64')) };
  });
  return { ...stored, keys };
}
