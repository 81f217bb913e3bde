import { hash } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteKeys } from '../../functions/adapters/keys-sqlite.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { now, project } from '../contract/samples.ts';
import { temporaryStore } from './temporary-store.ts';

let temporary: ReturnType<typeof temporaryStore>;

beforeEach(() => {
  temporary = temporaryStore();
});

afterEach(() => temporary.dispose());

describe('the bootstrap key in the store', () => {
  it('from before keys had names and dates gets them at the next start, and works on', async () => {
    const { store } = temporary;
    const key = 'a-key-from-before-0123456789';
    await store.write(() =>
      store
        .statement("INSERT INTO api_key (id, project_id, digest) VALUES ('bootstrap', 'prj_default', ?)")
        .run(hash('sha256', key, 'buffer')),
    );
    const keys = createSqliteKeys(store, systemRandom);
    expect(await keys.ensureBootstrapKey(null, now)).toEqual({ generated: null });
    expect(await keys.list(project)).toMatchObject([{ keyId: 'bootstrap', name: 'Bootstrap key', createdAt: now }]);
    expect(await keys.authenticate(key)).toMatchObject({ keyId: 'bootstrap' });
  });

  it('is written once, however often the process starts with it', async () => {
    const keys = createSqliteKeys(temporary.store, systemRandom);
    await keys.ensureBootstrapKey('a-configured-key-0123456789', now);
    await keys.ensureBootstrapKey('a-configured-key-0123456789', now + 1);
    expect(await keys.list(project)).toMatchObject([{ createdAt: now }]);
    await keys.ensureBootstrapKey('another-configured-key-012345', now + 2);
    expect(await keys.list(project)).toMatchObject([{ createdAt: now + 2 }]);
  });
});
