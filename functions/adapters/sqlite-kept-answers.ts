import { limits } from '../core/limits.ts';
import type { AnswerToKeep, IdempotentRequest, KeptAnswer } from '../core/ports/admissions.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** The answer kept for the request's key, unless it is too old to be replayed. */
export function findKeptAnswer(store: SqliteStore, request: IdempotentRequest, now: number): KeptAnswer | null {
  const row = store
    .statement(
      `SELECT fingerprint, status, body, warning FROM kept_answer
       WHERE project_id = ? AND route = ? AND key = ? AND kept_at > ?`,
    )
    .get(request.projectId, request.route, request.key, now - limits.idempotencyMs) as KeptAnswer | undefined;
  return row === undefined ? null : { ...row };
}

/** Keeps an answer, inside a `write`; one that is too old to be replayed gives way. */
export function insertKeptAnswer(
  store: SqliteStore,
  { request, status, body, warning }: AnswerToKeep,
  now: number,
): void {
  store
    .statement(
      `INSERT OR REPLACE INTO kept_answer (project_id, route, key, fingerprint, status, body, warning, kept_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(request.projectId, request.route, request.key, request.fingerprint, status, body, warning, now);
}
