import { type EmailId, leastEmailIdAt } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { ContentStore } from '../core/ports/content.ts';
import { replaceContent } from './sqlite-content.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** A purge works in steps of so many emails, and lets other writes through between them. */
const emailsPerPurge = 100;

/**
 * Content in the embedded store. A message of one part is read when it is opened; a larger one part by part, only as far as
 * somebody asks for it.
 */
export function createSqliteContentStore(store: SqliteStore): ContentStore {
  return {
    put: (id, content) => store.write(() => replaceContent(store, id, content)),
    // Async although it need not be: what SQLite throws becomes a rejection.
    async open(id) {
      const first = readPart(store, id, 0);
      if (first === null) return null;
      // Every part but the last is full.
      if (first.length < limits.contentChunkBytes) return { sizeBytes: first.length, chunks: () => [first] };
      const { parts, sizeBytes } = store
        .statement('SELECT count(*) AS parts, sum(length(bytes)) AS sizeBytes FROM content WHERE email_id = ?')
        .get(id) as { parts: number; sizeBytes: number };
      return { sizeBytes, chunks: () => readParts(store, id, parts) };
    },
    async purge(createdBefore) {
      let count = 0;
      for (;;) {
        const purged = await store.write(() => purgeSome(store, createdBefore));
        count += purged;
        if (purged < emailsPerPurge) return count;
      }
    },
  };
}

function* readParts(store: SqliteStore, id: EmailId, parts: number): Generator<Uint8Array> {
  for (let part = 0; part < parts; part++) {
    const bytes = readPart(store, id, part);
    // Ending quietly here would pass off the beginning of a message as the whole of it.
    if (bytes === null) throw new Error('The content was removed while it was read.');
    yield bytes;
  }
}

function readPart(store: SqliteStore, id: EmailId, part: number): Uint8Array | null {
  const row = store.statement('SELECT bytes FROM content WHERE email_id = ? AND part = ?').get(id, part);
  return (row as { bytes: Uint8Array } | undefined)?.bytes ?? null;
}

function purgeSome(store: SqliteStore, createdBefore: number): number {
  const ids = store
    .statement(
      `SELECT DISTINCT email_id AS id FROM content WHERE email_id < ? AND NOT EXISTS
         (SELECT 1 FROM delivery WHERE delivery.email_id = content.email_id AND state <> 'ended')
       ORDER BY email_id LIMIT ?`,
    )
    .all(leastEmailIdAt(Math.max(0, createdBefore)), emailsPerPurge) as { id: EmailId }[];
  for (const { id } of ids) store.statement('DELETE FROM content WHERE email_id = ?').run(id);
  return ids.length;
}
