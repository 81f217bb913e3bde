import { closeSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The write-ahead log of one open database (https://www.sqlite.org/fileformat2.html#walformat). */
export type WriteAheadLog = {
  /** Frames that are not yet in the database file. */
  backlog(): number;
  /** Moves the frames into the database file; throws what SQLite reports. */
  checkpoint(): void;
  /** Cuts off whatever stands behind the last commit that SQLite took for one. */
  discardTail(): void;
};

/** A backlog of this many frames is moved into the database file: 16 MiB, read in no time after a crash. */
export const checkpointFrames = 2_000;

const headerBytes = 32;
const frameHeaderBytes = 24;

/** The log at `path`, by the connection that has it open. */
export function createWriteAheadLog(database: DatabaseSync, path: string): WriteAheadLog {
  // NOOP moves nothing and only answers how the log stands.
  const standing = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
  return {
    backlog() {
      const { frames, moved } = framesOf(standing);
      return frames - moved;
    },
    checkpoint() {
      passive.get();
    },
    discardTail() {
      truncate(path, headerBytes + framesOf(standing).frames * (frameHeaderBytes + pageBytes));
    },
  };
}

function framesOf(statement: StatementSync): { readonly frames: number; readonly moved: number } {
  const row = statement.get();
  return { frames: Number(row?.['log']), moved: Number(row?.['checkpointed']) };
}

// SQLite's lock is on the database file, so closing this descriptor of another file does not release it.
function truncate(path: string, bytes: number): void {
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
