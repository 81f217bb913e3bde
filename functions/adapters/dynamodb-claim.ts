import { claimed } from '../core/claim.ts';
import { deliveryIdOf, partsOfDeliveryId } from '../core/delivery-id.ts';
import type { Delivery } from '../core/email.ts';
import { limits } from '../core/limits.ts';
import type { Claim, DeliveryName } from '../core/ports/ledger.ts';
import { readItem, write } from './dynamodb-calls.ts';
import { deliveryIn, emailIn } from './dynamodb-emails.ts';
import { gateIn } from './dynamodb-gates.ts';
import { isGateSeenOpen } from './dynamodb-gates-seen.ts';
import { deliveryKey } from './dynamodb-keys.ts';
import { replaceDelivery } from './dynamodb-replace.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

/** Who wants which delivery; `owner` tells this call from all others. */
type ClaimOrder = {
  readonly delivery: DeliveryName;
  readonly now: number;
  readonly leaseUntil: number;
  readonly owner: string;
};

const readsPerClaim = 5;
/** Jobs are sent before their gate is opened; a worker that comes first waits for so long. */
const gatePausesMs = [20, 50, 100, 200, 400, 800, 1_600] as const;

/**
 * Takes a delivery for one attempt. A queued one that nobody has touched costs one write and no read; any other is read,
 * judged by core/claim.ts, and written under its version.
 */
export async function claimDelivery(table: DynamodbTable, order: ClaimOrder): Promise<Claim> {
  const untouched = await claimUntouched(table, order);
  if (untouched !== null) return await pastGate(table, untouched.emailItem, untouched.taken);
  for (let reads = 1; reads <= readsPerClaim; reads++) {
    const item = await readItem(table, deliveryKey(order.delivery));
    const emailItem = item === null ? null : await emailItemOf(table, order.delivery, item);
    if (item === null || emailItem === null) return { kind: 'lost', why: 'missing' };
    const delivery = deliveryIn(item);
    // The answer to our own write was lost, and the SDK has sent it twice.
    if (textOf(item, 'w') === order.owner) return await pastGate(table, emailItem, delivery);
    const decision = claimed(delivery, order.now, order.leaseUntil);
    if (decision.kind === 'lost') return decision;
    if (decision.kind === 'abandoned') {
      const email = emailIn(emailItem);
      return (await counts(table, emailItem))
        ? { ...decision, email, delivery }
        : { kind: 'lost', why: 'not_accepted' };
    }
    if (await replaceDelivery(table, decision.delivery, { owner: order.owner, gate: 'keep' })) {
      return await pastGate(table, emailItem, decision.delivery);
    }
  }
  return { kind: 'lost', why: 'held' };
}

async function claimUntouched(
  table: DynamodbTable,
  { delivery, now, leaseUntil, owner }: ClaimOrder,
): Promise<{ readonly taken: Delivery; readonly emailItem: Item } | null> {
  // The key of a first delivery says whose it is.
  const isFirst = partsOfDeliveryId(delivery.id).index === 0;
  const update = await write(table, {
    kind: 'update',
    input: {
      Key: deliveryKey(delivery),
      UpdateExpression: 'SET s = :sending, v = v + :one, a = :one, c = :now, d = :lease, w = :owner',
      ConditionExpression: `s = :queued AND attribute_not_exists(a) AND attribute_not_exists(x)${isFirst ? '' : ' AND q = :project'}`,
      ExpressionAttributeValues: {
        ':sending': { S: 'sending' },
        ':queued': { S: 'queued' },
        ':one': { N: '1' },
        ':now': { N: String(now) },
        ':lease': { N: String(leaseUntil) },
        ':owner': { S: owner },
        ...(!isFirst && { ':project': { S: delivery.projectId } }),
      },
      ReturnValues: 'ALL_NEW',
    },
  });
  if (update.kind === 'refused') return null;
  const emailItem = await emailItemOf(table, delivery, update.attributes);
  if (emailItem === null) return null;
  return { taken: deliveryIn(update.attributes), emailItem };
}

// A delivery of an email that does not count yet is given back, and its job is to come again.
async function pastGate(table: DynamodbTable, emailItem: Item, taken: Delivery): Promise<Claim> {
  const email = emailIn(emailItem);
  if (await counts(table, emailItem)) return { kind: 'claimed', email, delivery: taken };
  const queued: Delivery = {
    ...taken,
    state: 'queued',
    version: taken.version + 1,
    attempt: 0,
    claimedAt: null,
    dueAt: Math.min(email.createdAt + limits.queuedGraceMs, email.expiresAt),
  };
  await replaceDelivery(table, queued, { gate: 'keep' });
  return { kind: 'lost', why: 'not_accepted' };
}

async function counts(table: DynamodbTable, emailItem: Item): Promise<boolean> {
  const gate = gateIn(emailItem);
  if (gate === null || (await isGateSeenOpen(table, gate))) return true;
  for (const pauseMs of gatePausesMs) {
    await table.clock.sleep(pauseMs);
    if (await isGateSeenOpen(table, gate)) return true;
  }
  return false;
}

// The first delivery shares its item with the email.
async function emailItemOf(table: DynamodbTable, { id, projectId }: DeliveryName, item: Item): Promise<Item | null> {
  const { emailId, index } = partsOfDeliveryId(id);
  return index === 0 ? item : await readItem(table, deliveryKey({ id: deliveryIdOf(emailId, 0), projectId }));
}
