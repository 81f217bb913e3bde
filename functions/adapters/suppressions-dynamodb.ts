import { canonicalAddress } from '../core/canonical-address.ts';
import type { ProjectId } from '../core/ids.ts';
import type { Mailbox } from '../core/mailbox.ts';
import type { StandingSuppression, Suppression, SuppressionReason, Suppressions } from '../core/ports/suppressions.ts';
import { queryPages, readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { putUnderCondition } from './dynamodb-put.ts';
import { readItems } from './dynamodb-read-items.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';

const triesPerAddress = 5;

/**
 * Suppressions in DynamoDB: a partition a project, an item an address under its canonical form. The table's time to live ends
 * what has expired; `purge` has nothing to do and answers 0.
 *
 * An `add` of many is as many writes. Should one of them fail, those before it are taken back as far as they can be; and since
 * a first entry is kept, the same call may come again.
 */
export function createDynamodbSuppressions(table: DynamodbTable): Suppressions {
  return {
    async among(projectId, mailboxes, now) {
      const canonicals = mailboxes.map(canonicalAddress);
      const items = await readItems(
        table,
        canonicals.map((canonical) => itemKey(projectId, canonical)),
        'consistent',
      );
      const reasons = new Map(
        items.filter((item) => stands(item, now)).map((item) => [textOf(item, 'sk'), suppressionIn(item).reason]),
      );
      const found = new Map<Mailbox, SuppressionReason>();
      for (const [index, mailbox] of mailboxes.entries()) {
        const reason = reasons.get(canonicals[index] ?? '');
        if (reason !== undefined) found.set(mailbox, reason);
      }
      return found;
    },
    find: (projectId, canonical, now) => findStanding(table, projectId, canonical, now),
    add: (suppressions, now) => addAll(table, suppressions, now),
    async remove(projectId, canonical, now) {
      const removed = await write(table, {
        kind: 'delete',
        input: {
          Key: itemKey(projectId, canonical),
          ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(y) OR y > :now)',
          ExpressionAttributeValues: { ':now': { N: String(now) } },
        },
      });
      // Sent twice, it was most likely the first that removed it; and there is none now in any case.
      return removed.kind === 'written' || removed.repeated;
    },
    list: (projectId, limit, after, now) => list(table, projectId, limit, after, now),
    purge: async () => 0,
  };
}

async function addAll(
  table: DynamodbTable,
  suppressions: readonly Suppression[],
  now: number,
): Promise<readonly StandingSuppression[]> {
  // Of several entries for one address the first is written; the others find it.
  const firsts = [...new Map(suppressions.toReversed().map((one) => [nameOf(one), one])).values()];
  const results = await Promise.allSettled(firsts.map((one) => addOne(table, one, now)));
  const added = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failure = results.find((one) => one.status === 'rejected');
  if (failure !== undefined) {
    await Promise.allSettled(added.filter((one) => one.added).map(({ suppression }) => takeBack(table, suppression)));
    throw failure.reason;
  }
  const standing = new Map(added.map((one) => [nameOf(one.suppression), one]));
  return suppressions.map((one) => {
    const stood = standing.get(nameOf(one)) ?? { suppression: one, added: true };
    return { suppression: stood.suppression, added: stood.added && firsts.includes(one) };
  });
}

async function addOne(table: DynamodbTable, suppression: Suppression, now: number): Promise<StandingSuppression> {
  for (let tries = 1; tries <= triesPerAddress; tries++) {
    const put = await putUnderCondition(table, itemOf(suppression), {
      ConditionExpression: 'attribute_not_exists(pk) OR y <= :now',
      ExpressionAttributeValues: { ':now': { N: String(now) } },
    });
    if (put === 'written') return { suppression, added: true };
    const standing = await findStanding(table, suppression.projectId, suppression.canonical, now);
    if (standing !== null) return { suppression: standing, added: false };
  }
  throw new Error('A suppression kept coming and going while it was added.');
}

async function takeBack(table: DynamodbTable, suppression: Suppression): Promise<void> {
  await write(table, {
    kind: 'delete',
    input: {
      Key: itemKey(suppression.projectId, suppression.canonical),
      ConditionExpression: 'j = :record',
      ExpressionAttributeValues: { ':record': { S: JSON.stringify(suppression) } },
    },
  });
}

async function list(
  table: DynamodbTable,
  projectId: ProjectId,
  limit: number,
  after: string | null,
  now: number,
): Promise<readonly Suppression[]> {
  const found: Suppression[] = [];
  const pages = queryPages(table, {
    KeyConditionExpression: after === null ? 'pk = :pk' : 'pk = :pk AND sk > :after',
    ExpressionAttributeValues: {
      ':pk': { S: partitionOf(projectId) },
      ...(after !== null && { ':after': { S: after } }),
    },
    ConsistentRead: true,
    Limit: limit,
  });
  for await (const page of pages) {
    found.push(...page.filter((item) => stands(item, now)).map(suppressionIn));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

async function findStanding(
  table: DynamodbTable,
  projectId: ProjectId,
  canonical: string,
  now: number,
): Promise<Suppression | null> {
  const item = await readItem(table, itemKey(projectId, canonical));
  return item !== null && stands(item, now) ? suppressionIn(item) : null;
}

function itemOf(suppression: Suppression): Item {
  const { projectId, canonical, expiresAt } = suppression;
  return {
    ...itemKey(projectId, canonical),
    j: { S: JSON.stringify(suppression) },
    ...(expiresAt !== null && { y: { N: String(expiresAt) }, z: { N: String(Math.ceil(expiresAt / 1_000)) } }),
  };
}

function stands(item: Item, now: number): boolean {
  return (numberOf(item, 'y') ?? Infinity) > now;
}

function suppressionIn(item: Item): Suppression {
  return JSON.parse(textOf(item, 'j')) as Suppression;
}

function partitionOf(projectId: ProjectId): string {
  return `suppressed#${projectId}`;
}

function itemKey(projectId: ProjectId, canonical: string): Item {
  return keyOf(partitionOf(projectId), canonical);
}

function nameOf({ projectId, canonical }: Suppression): string {
  return `${projectId} ${canonical}`;
}
