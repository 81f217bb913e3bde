import path from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

import { isOutOfSpace } from './sqlite-errors.ts';
import { createCommitGroup, type GroupResult, type WaitingWrite } from './sqlite-group-commit.ts';
import { openDatabase } from './sqlite-open.ts';
import { checkpointFrames, createWriteAheadLog, type WriteAheadLog } from './sqlite-wal.ts';

/** The one connection of the one process that all embedded adapters share. */
export type SqliteStore = {
  /** The statement, prepared once. Reads use it at any time; changes are made inside `write` only. */
  statement(sql: string): StatementSync;
  /**
   * Runs `operation` together with the others that wait in this turn of the event loop, and resolves with its result once
   * all of them are on disk. It must not wait for anything. When it throws, its changes alone are undone and this rejects;
   * when the disk is full, this rejects and nothing is written. After a failure of the storage itself every write rejects
   * until the process is started anew: a failed fsync may have lost what the next one would call safe.
   */
  write<T>(operation: () => T): Promise<T>;
  /** Calls `listener` after every commit until the answered function is called. */
  afterCommit(listener: () => void): () => void;
  /** Why writes are refused for good; `null` while they are not. */
  failure(): Error | null;
  /** Commits what still waits, moves the log into the database and lets go of it. Later writes reject. */
  close(): void;
};

/** `refused` is one sentence for the operator: another process has the store, it is damaged, or it cannot be opened. */
export type OpenedStore =
  | { readonly kind: 'open'; readonly store: SqliteStore }
  | { readonly kind: 'refused'; readonly why: string };

type StoreState = {
  waiting: WaitingWrite[];
  failure: Error | null;
  checkpointPending: boolean;
  readonly listeners: Set<() => void>;
};

const mostGatheringTurns = 8;

/** Opens `postern.sqlite` in `dataDir`, which is created if need be. */
export function openSqliteStore(dataDir: string): OpenedStore {
  const file = path.join(dataDir, 'postern.sqlite');
  const opened = openDatabase(file);
  if (opened.kind === 'refused') return opened;
  return { kind: 'open', store: storeOn(opened.database, createWriteAheadLog(opened.database, `${file}-wal`)) };
}

function storeOn(database: DatabaseSync, log: WriteAheadLog): SqliteStore {
  const state: StoreState = { waiting: [], failure: null, checkpointPending: false, listeners: new Set() };
  const statements = new Map<string, StatementSync>();
  const flush = createFlush(database, log, state);
  return {
    statement(sql) {
      const known = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, known);
      return known;
    },
    write(operation) {
      if (state.failure !== null) return Promise.reject(state.failure);
      const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof operation>>();
      const attempt = (): (() => void) => {
        const result = operation();
        return () => resolve(result);
      };
      if (state.waiting.push({ attempt, reject }) === 1) gather(state, flush);
      return promise;
    },
    afterCommit(listener) {
      state.listeners.add(listener);
      return () => state.listeners.delete(listener);
    },
    failure: () => state.failure,
    close() {
      flush();
      state.failure ??= new Error('The store is closed.');
      if (database.isOpen) database.close();
    },
  };
}

// One fsync serves all who are there when it begins, so it waits for as long as every turn brings somebody new.
function gather(state: StoreState, flush: () => void, turnsLeft = mostGatheringTurns): void {
  const before = state.waiting.length;
  setImmediate(() => {
    if (state.waiting.length > before && turnsLeft > 0) gather(state, flush, turnsLeft - 1);
    else flush();
  });
}

function createFlush(database: DatabaseSync, log: WriteAheadLog, state: StoreState): () => void {
  const commitGroup = createCommitGroup(database);
  return () => {
    const group = state.waiting;
    if (group.length === 0) return;
    state.waiting = [];
    const result = state.failure === null ? commitGroup(group) : null;
    if (result?.kind !== 'committed') {
      const refusal = result === null ? state.failure : refusalOf(result, log, state);
      for (const write of group) write.reject(refusal);
      return;
    }
    for (const acknowledge of result.acknowledgements) acknowledge();
    for (const listener of state.listeners) listener();
    scheduleCheckpoint(database, log, state);
  };
}

// What was refused must not come back: its frames may stand complete in the log, and a restart would take them for a commit.
function refusalOf(result: Extract<GroupResult, { kind: 'refused' }>, log: WriteAheadLog, state: StoreState): unknown {
  let cause = result.storageFailed ? result.error : null;
  try {
    log.discardTail();
  } catch (error) {
    cause ??= error;
  }
  if (cause !== null) {
    state.failure = failed(cause);
    return state.failure;
  }
  if (!isOutOfSpace(result.error)) return result.error;
  return new Error('The store has no space left; nothing was written.', { cause: result.error });
}

// In a turn of its own, so that the writes just acknowledged do not wait for it.
function scheduleCheckpoint(database: DatabaseSync, log: WriteAheadLog, state: StoreState): void {
  if (state.checkpointPending) return;
  state.checkpointPending = true;
  setImmediate(() => {
    state.checkpointPending = false;
    if (state.failure !== null || !database.isOpen) return;
    try {
      if (log.backlog() >= checkpointFrames) log.checkpoint();
    } catch (error) {
      // Without space the log grows on; the next commit tries again.
      if (!isOutOfSpace(error)) state.failure = failed(error);
    }
  });
}

function failed(cause: unknown): Error {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Error(`The store has failed and takes no more writes until Postern is started again: ${detail}.`, {
    cause,
  });
}
