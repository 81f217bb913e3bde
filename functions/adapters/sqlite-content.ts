import type { EmailId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** Writes the content of a new email in parts, inside a `write`. */
export function insertContent(store: SqliteStore, id: EmailId, bytes: Uint8Array): void {
  const insert = store.statement('INSERT INTO content (email_id, part, bytes) VALUES (?, ?, ?)');
  const parts = Math.max(1, Math.ceil(bytes.length / limits.contentChunkBytes));
  for (let part = 0; part < parts; part++) {
    const start = part * limits.contentChunkBytes;
    insert.run(id, part, bytes.subarray(start, start + limits.contentChunkBytes));
  }
}

/** Writes the content of an email in place of what was there, inside a `write`. */
export function replaceContent(store: SqliteStore, id: EmailId, bytes: Uint8Array): void {
  store.statement('DELETE FROM content WHERE email_id = ?').run(id);
  insertContent(store, id, bytes);
}
