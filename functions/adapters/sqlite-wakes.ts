import type { SqliteStore } from './sqlite-store.ts';

// What stands on one store shares it, whichever adapter writes.
const listenersOf = new WeakMap<SqliteStore, Set<() => void>>();

/** Calls `listener` after a webhook has become due by somebody's doing, until the answered function is called. */
export function whenOwed(store: SqliteStore, listener: () => void): () => void {
  const listeners = listenersOn(store);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Inside a `write` that makes a webhook due: wakes whoever listens once it is on disk. */
export function wakeOnceCommitted(store: SqliteStore): void {
  const unsubscribe = store.afterCommit(() => {
    unsubscribe();
    for (const listener of listenersOn(store)) listener();
  });
}

function listenersOn(store: SqliteStore): Set<() => void> {
  const found = listenersOf.get(store) ?? new Set<() => void>();
  listenersOf.set(store, found);
  return found;
}
