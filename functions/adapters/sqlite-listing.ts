import { setImmediate } from 'node:timers/promises';

import { matches, mayMatch } from '../core/email-filter.ts';
import type { EmailId, ProjectId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { FoundEmail, LedgerWalk } from '../core/ports/ledger.ts';
import { deliveriesOf } from './sqlite-find.ts';
import { emailOf } from './sqlite-records.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** How many emails one listing looks at: without giving way to others, and altogether. */
export type ListingScan = { readonly perTurn: number; readonly perRequest: number };

export const listingScan: ListingScan = { perTurn: limits.listedPerTurn, perRequest: limits.listedPerRequest };

/** `record` is `null` for another project's email, which is looked at and not read. */
type Row = { readonly id: EmailId; readonly record: string | null };
type Listing = { readonly emails: readonly FoundEmail[]; readonly stoppedAt: EmailId | null };

const beforeAll = '';
const afterAll = '~';

/**
 * Walks over the table of emails itself, whose key sorts by time: accepting an email pays for no index, and a listing that
 * finds little looks at much, a slice at a time so that nobody waits for it.
 */
export async function listEmails(
  store: SqliteStore,
  projectId: ProjectId,
  walk: LedgerWalk,
  scan: ListingScan,
): Promise<Listing> {
  const emails: FoundEmail[] = [];
  let at: string = walk.from ?? (walk.order === 'newest_first' ? afterAll : beforeAll);
  // A page that has no filter is found in the first slice.
  let size = Math.min(scan.perTurn, walk.limit + 1);
  for (let looked = 0; ; looked += size, size = scan.perTurn) {
    const rows = slice(store, projectId, walk.order, at, size);
    for (const { record } of rows) {
      const found = record === null ? null : foundIn(store, record, walk);
      if (found === null) continue;
      const last = emails.at(-1);
      if (last !== undefined && emails.length === walk.limit) return { emails, stoppedAt: last.email.id };
      emails.push(found);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return { emails, stoppedAt: null };
    if (looked + size >= scan.perRequest) return { emails, stoppedAt: last.id };
    at = last.id;
    await setImmediate();
  }
}

function slice(
  store: SqliteStore,
  projectId: ProjectId,
  order: LedgerWalk['order'],
  from: string,
  size: number,
): readonly Row[] {
  const rest = order === 'newest_first' ? 'id < ? ORDER BY id DESC' : 'id > ? ORDER BY id';
  const columns = 'id, CASE WHEN project_id = ? THEN record END AS record';
  return store.statement(`SELECT ${columns} FROM email WHERE ${rest} LIMIT ?`).all(projectId, from, size) as Row[];
}

function foundIn(store: SqliteStore, record: string, { filter }: LedgerWalk): FoundEmail | null {
  const email = emailOf(record);
  if (!mayMatch(email, filter)) return null;
  const deliveries = deliveriesOf(store, email);
  return matches(email, deliveries, filter) ? { email, deliveries } : null;
}
