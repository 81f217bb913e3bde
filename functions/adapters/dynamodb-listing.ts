import { matches, mayMatch } from '../core/email-filter.ts';
import type { EmailId, ProjectId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { FoundEmail, Ledger, LedgerWalk } from '../core/ports/ledger.ts';
import { queryItems } from './dynamodb-calls.ts';
import { deliveryIn, emailIn } from './dynamodb-emails.ts';
import { counts, itemsWith } from './dynamodb-find.ts';
import { keyOf } from './dynamodb-keys.ts';
import { readItems } from './dynamodb-read-items.ts';
import { listShards } from './dynamodb-shards.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

/** How many emails one listing looks at: with one round of queries, and altogether. */
export type DynamodbListingScan = { readonly perRound: number; readonly perRequest: number };

/** A request of the API has seconds, and a round takes some tens of milliseconds. */
export const dynamodbListingScan: DynamodbListingScan = { perRound: limits.listedPerTurn, perRequest: 5_000 };

/**
 * Walks over a project's emails: the partitions of the listing index side by side, each of which is in the order of ids, so
 * that the first of what all of them have next are the next of all. An email that was made this moment may not be in the
 * index yet.
 */
export async function listEmails(
  table: DynamodbTable,
  projectId: ProjectId,
  walk: LedgerWalk,
  scan: DynamodbListingScan,
): ReturnType<Ledger['list']> {
  const emails: FoundEmail[] = [];
  let at = walk.from;
  // A page that has no filter is found in the first round.
  let size = Math.min(scan.perRound, walk.limit + 1);
  for (let looked = 0; ; looked += size, size = scan.perRound) {
    const ids = await nextIds(table, projectId, walk.order, at, size);
    for (const found of await readMatching(table, projectId, ids, walk)) {
      const last = emails.at(-1);
      if (last !== undefined && emails.length === walk.limit) return { emails, stoppedAt: last.email.id };
      emails.push(found);
    }
    const last = ids.at(-1);
    if (last === undefined || ids.length < size) return { emails, stoppedAt: null };
    if (looked + size >= scan.perRequest) return { emails, stoppedAt: last };
    at = last;
  }
}

async function nextIds(
  table: DynamodbTable,
  projectId: ProjectId,
  order: LedgerWalk['order'],
  from: EmailId | null,
  size: number,
): Promise<readonly EmailId[]> {
  const newestFirst = order === 'newest_first';
  const beyond = from === null ? '' : ` AND pk ${newestFirst ? '<' : '>'} :from`;
  const shards = await Promise.all(
    listShards(projectId).map((shard) =>
      queryItems(
        table,
        {
          IndexName: 'listing',
          KeyConditionExpression: `l = :shard${beyond}`,
          ExpressionAttributeValues: { ':shard': { S: shard }, ...(from !== null && { ':from': { S: from } }) },
          ScanIndexForward: !newestFirst,
        },
        size,
      ),
    ),
  );
  const ids = shards.flat().map((item) => textOf(item, 'pk') as EmailId);
  return ids.toSorted((a, b) => (a < b === newestFirst ? 1 : -1)).slice(0, size);
}

async function readMatching(
  table: DynamodbTable,
  projectId: ProjectId,
  ids: readonly EmailId[],
  { filter }: LedgerWalk,
): Promise<readonly FoundEmail[]> {
  const items = await readItems(
    table,
    ids.map((id) => keyOf(id)),
    'consistent',
  );
  const byId = new Map(items.map((item) => [textOf(item, 'pk'), item]));
  const found = await Promise.all(
    ids.map(async (id): Promise<FoundEmail | null> => {
      const item: Item | undefined = byId.get(id);
      if (item === undefined) return null;
      const email = emailIn(item);
      if (!mayMatch(email, filter)) return null;
      const deliveries = (await itemsWith(table, item)).map((one) => deliveryIn(one, projectId));
      return matches(email, deliveries, filter) && (await counts(table, item)) ? { email, deliveries } : null;
    }),
  );
  return found.filter((one) => one !== null);
}
