import type { Job } from '../core/ports/queue.ts';
import { readJob } from '../core/read-job.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** A row of `job`. */
export type JobRow = { readonly seq: number; readonly body: string; readonly content: Uint8Array | null };

/** What a row's body holds, or why it cannot be read. */
export type ParsedJob =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'malformed'; readonly why: string };

/** Writes a job, inside a `write`; receivers see it when the write is durable. */
export function insertJob(store: SqliteStore, { content, ...job }: Job): void {
  const bytes = content.kind === 'inline' ? content.bytes : null;
  store.statement('INSERT INTO job (body, content) VALUES (?, ?)').run(JSON.stringify(job), bytes);
}

/** Reads a row that an older or newer version of the program, or a hand, may have written. */
export function parseJob({ body, content }: JobRow): ParsedJob {
  const read = readJob(body);
  if (read.kind === 'malformed') return read;
  const carried = content === null ? { kind: 'stored' as const } : { kind: 'inline' as const, bytes: content };
  return { kind: 'job', job: { ...read.names, content: carried } };
}
