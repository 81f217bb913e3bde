import type { IdempotentRequest } from '../core/ports/admissions.ts';
import type { Idempotency } from '../core/ports/idempotency.ts';
import { findKeptAnswer } from './sqlite-kept-answers.ts';
import type { SqliteStore } from './sqlite-store.ts';

/**
 * Idempotency on the embedded store. Kept answers are rows; who is running is known in memory only, for the process is the
 * only one on the store, and when it ends nobody is running any more.
 */
export function createSqliteIdempotency(store: SqliteStore): Idempotency {
  const running = new Set<string>();
  return {
    async begin(request, now) {
      const kept = findKeptAnswer(store, request, now);
      if (kept !== null) return { kind: 'kept', kept };
      if (running.has(nameOf(request))) return { kind: 'running' };
      running.add(nameOf(request));
      return { kind: 'fresh' };
    },
    async release(request) {
      running.delete(nameOf(request));
    },
    purge: (keptBefore) =>
      store.write(() => Number(store.statement('DELETE FROM kept_answer WHERE kept_at < ?').run(keptBefore).changes)),
  };
}

function nameOf({ projectId, route, key }: IdempotentRequest): string {
  return JSON.stringify([projectId, route, key]);
}
