import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { isStorageFailure, sqliteCodeOf } from './sqlite-errors.ts';
import { migrate } from './sqlite-schema.ts';
import { hasUnreadableCommits } from './sqlite-wal-damage.ts';

/** A database that is ours alone, or one sentence why it cannot be. */
export type OpenedDatabase =
  | { readonly kind: 'open'; readonly database: DatabaseSync }
  | { readonly kind: 'refused'; readonly why: string };

const busy = 5;
const pageBytes = 8_192;
const cacheKiB = 16_384;
/** A process that was killed a moment ago may still be going away; a live owner is not waited for longer than this. */
const lockWaitMs = 1_000;
/** Checking a database of this size takes well under a second; a larger one is checked page by page as it is read. */
const checkedAtOpenBytes = 256 * 1024 * 1024;

/**
 * Opens the database at `file`, creates what is missing, and takes the lock that keeps every other process out; the
 * operating system gives the lock back however this process ends.
 */
export function openDatabase(file: string): OpenedDatabase {
  let database: DatabaseSync | null = null;
  try {
    createDirectory(path.dirname(file));
    database = new DatabaseSync(file, { timeout: lockWaitMs });
    // The log takes its mode from the database file, so this comes before the log exists.
    chmodSync(file, 0o600);
    const why = prepare(database, file);
    if (why === null) return { kind: 'open', database };
    database.close();
    return { kind: 'refused', why };
  } catch (error) {
    if (database?.isOpen) database.close();
    return { kind: 'refused', why: reasonOf(error, file) };
  }
}

// EXCLUSIVE before the first access: the lock is taken with it, and the index of the log needs no shared memory file.
// FULL: the log is synced at every commit, not only at checkpoints (https://www.sqlite.org/pragma.html#pragma_synchronous).
// No automatic checkpoints: SQLite would keep their errors to itself.
function prepare(database: DatabaseSync, file: string): string | null {
  database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = ${pageBytes}`);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  // Before the first write, for that would go over what stands behind the last frame that can be read.
  const readableFrames = Number(database.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.['log']);
  if (hasUnreadableCommits(`${file}-wal`, readableFrames)) {
    return damaged(file, 'its log holds acknowledged writes behind a damaged place');
  }
  database.exec(`PRAGMA cache_size = -${cacheKiB}; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON`);
  if (!migrate(database)) return `The store ${file} was written by a newer version of Postern; start that version.`;
  if (statSync(file).size > checkedAtOpenBytes) return null;
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  return verdict === 'ok' ? null : damaged(file, String(verdict));
}

function createDirectory(directory: string): void {
  if (existsSync(directory)) return;
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  // A new directory is durable once its parent is synced; SQLite does the same for the files inside.
  const parent = openSync(path.dirname(first), 'r');
  fsyncSync(parent);
  closeSync(parent);
}

function reasonOf(error: unknown, file: string): string {
  const detail = error instanceof Error ? error.message : String(error);
  if (sqliteCodeOf(error) === busy) {
    return `The store ${file} is in use by another process; stop that one first, or give this one a data directory of its own.`;
  }
  if (isStorageFailure(error)) return damaged(file, detail);
  return `The store ${file} cannot be opened: ${detail}.`;
}

function damaged(file: string, detail: string): string {
  return `The store ${file} is damaged or cannot be read (${detail}); restore it from a backup before starting.`;
}
