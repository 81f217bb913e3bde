import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { openSqliteStore, type SqliteStore } from '../../functions/adapters/sqlite-store.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';

/** A directory of the test's own, gone with `dispose`. */
export function temporaryDirectory(): { readonly directory: string; readonly dispose: () => void } {
  const directory = mkdtempSync(path.join(tmpdir(), 'postern-test-'));
  return { directory, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A store on real files, closed and gone with `dispose`. */
export function temporaryStore(): {
  readonly store: SqliteStore;
  readonly directory: string;
  readonly dispose: () => Promise<void>;
} {
  const { directory, dispose } = temporaryDirectory();
  const store = opened(directory);
  return {
    store,
    directory,
    async dispose() {
      store.close();
      dispose();
    },
  };
}

/** The store in `directory`; throws when it is refused. */
export function opened(directory: string): SqliteStore {
  const result = openSqliteStore(directory);
  if (result.kind === 'refused') throw new Error(result.why);
  return result.store;
}

/** The system's clock, but its hands can be put forward. */
export function adjustableClock(): Clock & { advance(ms: number): void } {
  let offsetMs = 0;
  return {
    now: () => systemClock.now() + offsetMs,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    advance(ms) {
      offsetMs += ms;
    },
  };
}
