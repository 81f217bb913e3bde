import type { DatabaseSync } from 'node:sqlite';

import { isOutOfSpace, isStorageFailure } from './sqlite-errors.ts';

/** One write that waits for its group. `attempt` makes the changes and answers how to acknowledge them. */
export type WaitingWrite = {
  readonly attempt: () => () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * What a group came to. `committed`: the writes that succeeded are durable and wait to be acknowledged. `refused`: nothing
 * of the group was written, none of its writes has heard of it yet, and `storageFailed` says whether trying again makes sense.
 */
export type GroupResult =
  | { readonly kind: 'committed'; readonly acknowledgements: readonly (() => void)[] }
  | { readonly kind: 'refused'; readonly error: unknown; readonly storageFailed: boolean };

/**
 * Makes the function that runs a group of writes: one transaction, and so one fsync, for all of them. Each stands in a
 * savepoint of its own, so that one that throws is undone and rejected alone.
 */
export function createCommitGroup(database: DatabaseSync): (group: readonly WaitingWrite[]) => GroupResult {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const attemptAlone = createAttempt(database);
  return (group) => {
    let committing = false;
    try {
      begin.run();
      const acknowledgements = group.flatMap(attemptAlone);
      committing = true;
      commit.run();
      return { kind: 'committed', acknowledgements };
    } catch (error) {
      if (database.isTransaction) rollBack(database);
      // A COMMIT can fail when its frames are in the log already: only for want of space is it certain that they are not.
      return { kind: 'refused', error, storageFailed: isStorageFailure(error) || (committing && !isOutOfSpace(error)) };
    }
  };
}

function createAttempt(database: DatabaseSync): (write: WaitingWrite) => readonly (() => void)[] {
  const savepoint = database.prepare('SAVEPOINT one_write');
  const rollbackTo = database.prepare('ROLLBACK TO one_write');
  const release = database.prepare('RELEASE one_write');
  return (write) => {
    savepoint.run();
    try {
      const acknowledge = write.attempt();
      release.run();
      return [acknowledge];
    } catch (error) {
      // Some errors make SQLite roll back the whole transaction by itself (https://www.sqlite.org/lang_transaction.html).
      if (!database.isTransaction || isStorageFailure(error)) throw error;
      rollbackTo.run();
      release.run();
      write.reject(error);
      return [];
    }
  };
}

// Without its COMMIT nothing of the group is in the log, so a rollback that fails as well changes nothing.
function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {}
}
