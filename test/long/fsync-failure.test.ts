import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteLedger } from '../../functions/adapters/ledger-sqlite.ts';
import type { SqliteStore } from '../../functions/adapters/sqlite-store.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { printed, startStoreProcess, type StoreProcess } from '../adapters/store-process.ts';
import { opened, temporaryDirectory } from '../adapters/temporary-store.ts';
import { project } from '../contract/samples.ts';

const compiler = 'cc';
const hasCompiler = spawnSync(compiler, ['--version']).status === 0;
if (!hasCompiler)
  console.warn(`SKIPPED: without ${compiler} the failing fsync cannot be built, and nothing is tested here.`);

async function found(store: SqliteStore, emails: readonly { readonly id: string }[]): Promise<number> {
  const ledger = createSqliteLedger(store);
  const answers = await Promise.all(emails.map(({ id }) => ledger.find(project, id as EmailId)));
  return answers.filter((answer) => answer !== null).length;
}

describe.skipIf(!hasCompiler)('an fsync that fails (Q19)', () => {
  let temporary: ReturnType<typeof temporaryDirectory>;
  let child: StoreProcess | null = null;
  let shim: string;
  let trigger: string;

  beforeEach(() => {
    temporary = temporaryDirectory();
    shim = path.join(temporary.directory, 'fsync-shim.so');
    trigger = path.join(temporary.directory, 'fsync-fails');
    execFileSync(compiler, ['-shared', '-fPIC', '-o', shim, path.join(import.meta.dirname, 'fsync-shim.c'), '-ldl']);
  });
  afterEach(async () => {
    await child?.kill();
    temporary.dispose();
  });

  // From the first commit of the log, from its midst, and with the log begun anew after a checkpoint.
  it.each([1, 50, 4_000])(
    'after %d accepted emails: all of them are kept, none of the refused comes back',
    async (count) => {
      const directory = path.join(temporary.directory, 'store');
      child = startStoreProcess(directory, 'admit', { environment: { LD_PRELOAD: shim, FSYNC_TRIGGER: trigger } });
      await child.waitFor(/^accepted/, count);
      writeFileSync(trigger, '');
      await child.waitFor(/^refused .*The store has failed and takes no more writes/);
      rmSync(trigger);
      // The disk seems well again, and still the store must not go on: what it has lost it cannot know.
      await child.waitFor(/^refused .*The store has failed and takes no more writes/, 100);
      await child.kill();
      const [accepted, refused] = [printed(child, 'accepted'), printed(child, 'refused')];
      const lastAccepted = child.lines.findLastIndex((line) => line.startsWith('accepted'));
      expect(child.lines.findIndex((line) => line.startsWith('refused'))).toBeGreaterThan(lastAccepted);

      const store = opened(directory);
      try {
        expect(await found(store, accepted)).toBe(accepted.length);
        expect(await found(store, refused)).toBe(0);
      } finally {
        store.close();
      }
    },
  );
});
