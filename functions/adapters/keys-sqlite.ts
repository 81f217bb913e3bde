import { hash, timingSafeEqual } from 'node:crypto';

import type { KeyId, ProjectId } from '../core/ids.ts';
import type { KeyRights, Keys } from '../core/ports/keys.ts';
import type { Random } from '../core/ports/random.ts';
import { scopes } from '../core/scopes.ts';
import type { SqliteStore } from './sqlite-store.ts';

export type SqliteKeys = Pick<Keys, 'authenticate'> & {
  /**
   * Makes sure that there is a bootstrap key: `configured` if given, which replaces the one before; else the one that is
   * stored; else a new one, which is answered here and can never be read again.
   */
  ensureBootstrapKey(configured: string | null): Promise<{ readonly generated: string | null }>;
};

type KeyRow = { readonly id: KeyId; readonly project_id: ProjectId; readonly digest: Uint8Array };

const bootstrapId = 'bootstrap';
const bootstrapProject = 'prj_default';
const generatedBytes = 20;
const allRights: KeyRights = { scopes, senderDomains: null, recipients: null, mode: 'live', rate: null };

/** API keys on the embedded store. Keys are long and random, so a plain SHA-256 of them says nothing about them. */
export function createSqliteKeys(store: SqliteStore, random: Random): SqliteKeys {
  // This process is the only one on the store, so the keys in memory are those on disk until it changes them itself.
  let known: readonly KeyRow[] | null = null;
  return {
    async authenticate(key) {
      const presented = digestOf(key);
      const rows = (known ??= store.statement('SELECT id, project_id, digest FROM api_key').all() as KeyRow[]);
      // All are compared, so that the time tells nothing about where a match stands.
      const matching = rows.filter(
        ({ digest }) => digest.length === presented.length && timingSafeEqual(digest, presented),
      );
      const [row] = matching;
      return row === undefined ? null : { ...allRights, projectId: row.project_id, keyId: row.id };
    },
    async ensureBootstrapKey(configured) {
      if (configured !== null) {
        await store.write(() => replaceBootstrapKey(store, configured));
        known = null;
        return { generated: null };
      }
      const candidate = `pk_${Buffer.from(random.bytes(generatedBytes)).toString('hex')}`;
      const generated = await store.write(() => {
        if (store.statement('SELECT 1 FROM api_key WHERE id = ?').get(bootstrapId) !== undefined) return null;
        replaceBootstrapKey(store, candidate);
        return candidate;
      });
      known = null;
      return { generated };
    },
  };
}

function replaceBootstrapKey(store: SqliteStore, key: string): void {
  store
    .statement('INSERT OR REPLACE INTO api_key (id, project_id, digest) VALUES (?, ?, ?)')
    .run(bootstrapId, bootstrapProject, digestOf(key));
}

function digestOf(key: string): Uint8Array {
  return hash('sha256', key, 'buffer');
}
