import { deliveryIdOf } from '../core/delivery-id.ts';
import type { Delivery, Email } from '../core/email.ts';
import { timeOfEmailId } from '../core/ids.ts';
import type { Ledger } from '../core/ports/ledger.ts';
import type { Random } from '../core/ports/random.ts';
import { activeProjects } from './dynamodb-active-projects.ts';
import { queryItems } from './dynamodb-calls.ts';
import { claimDelivery } from './dynamodb-claim.ts';
import { deliveryIn, emailIn } from './dynamodb-emails.ts';
import { emailIdIn, projectIdIn } from './dynamodb-names.ts';
import { counts, findEmail, lookAtDelivery } from './dynamodb-find.ts';
import { deliveryKey, keyIn } from './dynamodb-keys.ts';
import { type DynamodbListingScan, dynamodbListingScan, listEmails } from './dynamodb-listing.ts';
import { readItems } from './dynamodb-read-items.ts';
import { commitDelivery, rescheduleEmail } from './dynamodb-reschedule.ts';
import { dueShards } from './dynamodb-shards.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';
import { createWatch } from './dynamodb-watch.ts';

const ownerBytes = 6;

/**
 * The ledger on DynamoDB; `scan` bounds how many emails a listing looks at.
 *
 * A first attempt whose process has died is due at the end of its lease or a grace after its email was made, whichever comes
 * later: only then is it in the index that `due` reads (dynamodb-watch.ts).
 */
export function createDynamodbLedger(
  table: DynamodbTable,
  random: Random,
  scan: DynamodbListingScan = dynamodbListingScan,
): Ledger {
  const watch = createWatch(table);
  return {
    async claim(delivery, now, leaseUntil) {
      const owner = Buffer.from(random.bytes(ownerBytes)).toString('base64url');
      return await claimDelivery(table, { delivery, now, leaseUntil, owner });
    },
    look: (delivery) => lookAtDelivery(table, delivery),
    commit: (next) => commitDelivery(table, next),
    async due(now, limit) {
      await watch(now);
      return await dueNow(table, now, limit);
    },
    find: (projectId, id) => findEmail(table, projectId, id),
    projectsOf: (id) => activeProjects(table, timeOfEmailId(id), timeOfEmailId(id)),
    list: (projectId, walk) => listEmails(table, projectId, walk, scan),
    reschedule: (email, deliveries) => rescheduleEmail(table, email, deliveries),
  };
}

type Found = { readonly email: Email; readonly delivery: Delivery };

// The index lags behind the table, so what it names is read and judged once more.
async function dueNow(table: DynamodbTable, now: number, limit: number): Promise<readonly Found[]> {
  const shards = await Promise.all(dueShards.map((shard) => dueInShard(table, shard, now, limit)));
  const entries = shards.flat().toSorted(byTime).slice(0, limit);
  const items = byName(await readItems(table, entries.map(keyIn), 'consistent'));
  const others = [...items.values()].filter((item) => item['e'] === undefined);
  const emailItems = byName(await readItems(table, others.map(emailKeyOf), 'consistent'));
  const found = await Promise.all(
    entries.map(async (entry): Promise<Found | null> => {
      const item = items.get(nameOf(entry));
      if (item?.['x'] === undefined || (numberOf(item, 'd') ?? Infinity) > now) return null;
      const emailItem = item['e'] === undefined ? emailItems.get(nameOf(emailKeyOf(item))) : item;
      if (emailItem === undefined || !(await counts(table, emailItem))) return null;
      return { email: emailIn(emailItem), delivery: deliveryIn(item) };
    }),
  );
  return found.filter((one) => one !== null);
}

async function dueInShard(table: DynamodbTable, shard: string, now: number, limit: number): Promise<readonly Item[]> {
  return await queryItems(
    table,
    {
      IndexName: 'due',
      KeyConditionExpression: 'x = :shard AND d <= :now',
      ExpressionAttributeValues: { ':shard': { S: shard }, ':now': { N: String(now) } },
    },
    limit,
  );
}

function emailKeyOf(item: Item): Item {
  return deliveryKey({ id: deliveryIdOf(emailIdIn(item), 0), projectId: projectIdIn(item) });
}

function byName(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [nameOf(item), item]));
}

function nameOf(item: Item): string {
  return `${textOf(item, 'pk')} ${textOf(item, 'sk')}`;
}

function byTime(a: Item, b: Item): number {
  return (numberOf(a, 'd') ?? 0) - (numberOf(b, 'd') ?? 0) || (nameOf(a) < nameOf(b) ? -1 : 1);
}
