import type { ProjectId } from '../ids.ts';

/** Remembers on which days mail to an address of a project ended because its mailbox was full. Writes are durable when they resolve. */
export interface FullMailboxes {
  /** Adds a day (`2026-11-25`), once however often; answers on how many days since `since` it was so. */
  note(projectId: ProjectId, canonical: string, day: string, since: string): Promise<number>;
  /** Begins anew. */
  forget(projectId: ProjectId, canonical: string): Promise<void>;
}
