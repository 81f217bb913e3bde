import type { EmailFilter } from './email-filter.ts';
import { type EmailId, leastEmailIdAt, type ProjectId } from './ids.ts';
import type { FoundEmail, Ledger } from './ports/ledger.ts';

/** A page of a listing: those older than `after`, or those newer than `before`; the newest when both are `null`. */
export type ListRequest = {
  readonly limit: number;
  readonly after: EmailId | null;
  readonly before: EmailId | null;
  readonly filter: EmailFilter;
};

/** `older` and `newer` are where the pages beside this one begin (as `after` and `before`); `null` when there is nothing. */
export type EmailPage = {
  /** The newest first. */
  readonly emails: readonly FoundEmail[];
  /** Whether there may be more in the direction that was asked for. */
  readonly hasMore: boolean;
  readonly older: EmailId | null;
  readonly newer: EmailId | null;
};

const newestPossible = leastEmailIdAt(2 ** 48 - 1);
const oldestPossible = leastEmailIdAt(0);

/** One page of the project's emails. It may be short, or empty, and still not be the last: a ledger looks at so many at a time. */
export async function listEmails(
  projectId: ProjectId,
  { limit, after, before, filter }: ListRequest,
  { ledger }: { readonly ledger: Pick<Ledger, 'list'> },
): Promise<EmailPage> {
  const order = before === null ? 'newest_first' : 'oldest_first';
  const { emails, stoppedAt } = await ledger.list(projectId, { limit, from: before ?? after, order, filter });
  const hasMore = stoppedAt !== null;
  // What lies behind us begins at the first one found, and where none was found, at the place where the walk ended.
  const first = emails[0]?.email.id;
  if (order === 'oldest_first') {
    return { emails: emails.toReversed(), hasMore, newer: stoppedAt, older: first ?? stoppedAt ?? newestPossible };
  }
  return { emails, hasMore, older: stoppedAt, newer: after === null ? null : (first ?? stoppedAt ?? oldestPossible) };
}
