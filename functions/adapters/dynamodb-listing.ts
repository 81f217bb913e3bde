import { matches, mayMatch } from '../core/email-filter.ts';
import type { EmailId, ProjectId } from '../core/ids.ts';
import { limits } from '../core/limits.ts';
import type { FoundEmail, Ledger, LedgerWalk } from '../core/ports/ledger.ts';
import { queryItems } from './dynamodb-calls.ts';
import { deliveryIn, emailIn } from './dynamodb-emails.ts';
import { emailIdIn } from './dynamodb-names.ts';
import { counts, itemsWith } from './dynamodb-find.ts';
import { mailShards } from './dynamodb-shards.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

/** How many emails one listing looks at: with one round of queries, and altogether. */
export type DynamodbListingScan = { readonly perRound: number; readonly perRequest: number };

/** A request of the API has seconds, and a round takes some tens of milliseconds. */
export const dynamodbListingScan: DynamodbListingScan = { perRound: limits.listedPerTurn, perRequest: 5_000 };

/**
 * Walks over a project's emails: its partitions side by side, each of which is in the order of ids, so that the first of what
 * all of them have next are the next of all.
 */
export async function listEmails(
  table: DynamodbTable,
  projectId: ProjectId,
  walk: LedgerWalk,
  scan: DynamodbListingScan,
): ReturnType<Ledger['list']> {
  const emails: FoundEmail[] = [];
  let at = walk.from;
  // Without a filter a page is found in the first rounds.
  let size = Math.min(scan.perRound, walk.limit + 1);
  for (let looked = 0; ; size = Math.min(scan.perRound, 2 * size, scan.perRequest - looked)) {
    const { items, ended } = await nextItems(table, projectId, walk.order, at, size);
    for (const found of await matching(table, items, walk)) {
      const last = emails.at(-1);
      if (last !== undefined && emails.length === walk.limit) return { emails, stoppedAt: last.email.id };
      emails.push(found);
    }
    const last = items.at(-1);
    if (last === undefined || ended) return { emails, stoppedAt: null };
    looked += items.length;
    at = emailIdIn(last);
    if (looked >= scan.perRequest) return { emails, stoppedAt: at };
  }
}

/** Up to `size` items, at least one if there are any; `ended` when there are no more after them. */
async function nextItems(
  table: DynamodbTable,
  projectId: ProjectId,
  order: LedgerWalk['order'],
  from: EmailId | null,
  size: number,
): Promise<{ readonly items: readonly Item[]; readonly ended: boolean }> {
  const newestFirst = order === 'newest_first';
  const shards = mailShards(projectId);
  // Twice an even share: then one round mostly finds as many as are wanted.
  const perShard = Math.min(size, Math.ceil((2 * size) / shards.length) + 1);
  const beyond = from === null ? '' : ` AND sk ${newestFirst ? '<' : '>'} :from`;
  const found = await Promise.all(
    shards.map((shard) =>
      queryItems(
        table,
        {
          KeyConditionExpression: `pk = :shard${beyond}`,
          ExpressionAttributeValues: { ':shard': { S: shard }, ...(from !== null && { ':from': { S: from } }) },
          ScanIndexForward: !newestFirst,
          ConsistentRead: true,
        },
        perShard,
      ),
    ),
  );
  const comesFirst = (a: Item, b: Item): number => (textOf(a, 'sk') < textOf(b, 'sk') === newestFirst ? 1 : -1);
  // A partition that may have more says nothing of what comes after its last.
  const lasts = found.flatMap((items) => (items.length === perShard ? items.slice(-1) : []));
  const [horizon] = lasts.toSorted(comesFirst);
  const known = found
    .flat()
    .filter((item) => horizon === undefined || item === horizon || comesFirst(item, horizon) < 0)
    .toSorted(comesFirst);
  return { items: known.slice(0, size), ended: horizon === undefined && known.length <= size };
}

async function matching(
  table: DynamodbTable,
  items: readonly Item[],
  { filter }: LedgerWalk,
): Promise<readonly FoundEmail[]> {
  const found = await Promise.all(
    items.map(async (item): Promise<FoundEmail | null> => {
      const email = emailIn(item);
      if (!mayMatch(email, filter)) return null;
      const deliveries = (await itemsWith(table, item)).map(deliveryIn);
      return matches(email, deliveries, filter) && (await counts(table, item)) ? { email, deliveries } : null;
    }),
  );
  return found.filter((one) => one !== null);
}
