import { timingSafeEqual } from 'node:crypto';

import type { KeyId, ProjectId } from '../core/ids.ts';
import { bootstrapKeyId, newKeyId } from '../core/keys/key-id.ts';
import { allRights, keyDigest, keyIdIn, newKeyText } from '../core/keys/key-text.ts';
import type { ApiKey, Keys, Principal } from '../core/ports/keys.ts';
import type { Random } from '../core/ports/random.ts';
import { defaultProjectId } from '../core/keys/project-name.ts';
import type { SqliteStore } from './sqlite-store.ts';

export type SqliteKeys = Keys & {
  /**
   * Makes sure that there is a bootstrap key: `configured` if given, which replaces the one before; else the one that is
   * stored; else a new one, which is answered here and can never be read again.
   */
  ensureBootstrapKey(configured: string | null, now: number): Promise<{ readonly generated: string | null }>;
};

type KeyRow = {
  readonly id: KeyId;
  readonly project_id: ProjectId;
  readonly digest: Uint8Array;
  readonly record: string;
};

const noDigest = new Uint8Array(32);
const columns = 'id, project_id, digest, record';

/**
 * API keys on the embedded store. A created key carries its id, by which its row is found; the bootstrap key may be any text.
 */
export function createSqliteKeys(store: SqliteStore, random: Random): SqliteKeys {
  // This process is the only one on the store, so the digest in memory is the one on disk until it changes it itself.
  let bootstrap: Uint8Array | null = null;
  return {
    async authenticate(key) {
      const presented = keyDigest(key);
      const named = keyIdIn(key);
      bootstrap ??= digestUnder(store, bootstrapKeyId) ?? noDigest;
      // All that is compared is compared whatever comes of it, so that the time tells nothing of how near a guess was.
      const isNamed = named !== null && timingSafeEqual(digestToCompare(store, named), presented);
      const isBootstrap = timingSafeEqual(bootstrap, presented);
      if (isBootstrap) return { ...allRights, projectId: defaultProjectId, keyId: bootstrapKeyId };
      return isNamed ? principalUnder(store, named) : null;
    },
    async create({ projectId, name, ...rights }, now) {
      const keyId = newKeyId(now, random);
      const key = newKeyText(keyId, random);
      const record = { ...rights, name, createdAt: now };
      await store.write(() => insertKey(store, keyId, projectId, key, record));
      return { record: { ...record, projectId, keyId }, key };
    },
    async list(projectId) {
      const rows = store
        .statement(`SELECT ${columns} FROM api_key WHERE project_id = ? ORDER BY id = ?, id DESC`)
        .all(projectId, bootstrapKeyId) as KeyRow[];
      return rows.map(apiKeyOf);
    },
    async find(projectId, id) {
      const row = findRow(store, id);
      return row === null || row.project_id !== projectId ? null : apiKeyOf(row);
    },
    revoke: (projectId, id) =>
      store.write(() => {
        const remove = store.statement('DELETE FROM api_key WHERE id = ? AND project_id = ? AND id <> ?');
        return Number(remove.run(id, projectId, bootstrapKeyId).changes) === 1;
      }),
    async ensureBootstrapKey(configured, now) {
      const candidate = newKeyText(null, random);
      const generated = await store.write(() => ensureBootstrap(store, configured, candidate, now));
      bootstrap = null;
      return { generated };
    },
  };
}

function ensureBootstrap(store: SqliteStore, configured: string | null, candidate: string, now: number): string | null {
  const record = { ...allRights, name: 'Bootstrap key', createdAt: now };
  // A store from before keys had a record.
  store.statement("UPDATE api_key SET record = ? WHERE record = '{}'").run(JSON.stringify(record));
  const present = findRow(store, bootstrapKeyId);
  if (configured === null && present !== null) return null;
  const key = configured ?? candidate;
  if (present !== null && timingSafeEqual(present.digest, keyDigest(key))) return null;
  insertKey(store, bootstrapKeyId, defaultProjectId, key, record);
  return configured === null ? candidate : null;
}

function insertKey(store: SqliteStore, id: KeyId, projectId: ProjectId, key: string, record: object): void {
  store
    .statement(`INSERT OR REPLACE INTO api_key (${columns}) VALUES (?, ?, ?, ?)`)
    .run(id, projectId, keyDigest(key), JSON.stringify(record));
}

// For an unknown id another row is read, so that it costs what a wrong secret costs; nobody is let in by it, for there is no
// row under the id.
function digestToCompare(store: SqliteStore, id: KeyId): Uint8Array {
  return digestUnder(store, id) ?? digestUnder(store, bootstrapKeyId) ?? noDigest;
}

function digestUnder(store: SqliteStore, id: KeyId): Uint8Array | null {
  const row = store.statement('SELECT digest FROM api_key WHERE id = ?').get(id) as Pick<KeyRow, 'digest'> | undefined;
  return row?.digest ?? null;
}

function principalUnder(store: SqliteStore, id: KeyId): Principal | null {
  const row = findRow(store, id);
  if (row === null) return null;
  const { name: _name, createdAt: _createdAt, ...principal } = apiKeyOf(row);
  return principal;
}

function findRow(store: SqliteStore, id: KeyId): KeyRow | null {
  const row = store.statement(`SELECT ${columns} FROM api_key WHERE id = ?`).get(id) as KeyRow | undefined;
  return row ?? null;
}

function apiKeyOf({ id, project_id, record }: KeyRow): ApiKey {
  const kept = JSON.parse(record) as Omit<ApiKey, 'keyId' | 'projectId'>;
  // Rights that were unknown when the bootstrap key was stored are its own too.
  return { ...kept, ...(id === bootstrapKeyId ? allRights : {}), keyId: id, projectId: project_id };
}
