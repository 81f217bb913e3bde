import { parseEmailId } from '../core/ids.ts';
import type { Job } from '../core/ports/queue.ts';
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
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { kind: 'malformed', why: 'The body of the job is not JSON.' };
  }
  if (typeof parsed !== 'object' || parsed === null) {
    return { kind: 'malformed', why: 'The body of the job is not a JSON object.' };
  }
  const { version, deliveryId, emailId } = parsed as Partial<Record<keyof Job, unknown>>;
  if (version !== 1) return { kind: 'malformed', why: `The version of the job is ${JSON.stringify(version)}, not 1.` };
  const parsedEmailId = typeof emailId === 'string' ? parseEmailId(emailId) : null;
  if (typeof deliveryId !== 'string' || parsedEmailId === null) {
    return { kind: 'malformed', why: 'The job does not name its delivery and its email.' };
  }
  return {
    kind: 'job',
    job: {
      version,
      deliveryId: deliveryId as Job['deliveryId'],
      emailId: parsedEmailId,
      content: content === null ? { kind: 'stored' } : { kind: 'inline', bytes: content },
    },
  };
}
