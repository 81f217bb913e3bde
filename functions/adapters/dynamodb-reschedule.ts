import { isDeepStrictEqual } from 'node:util';

import { deliveryIdOf, partsOfDeliveryId } from '../core/delivery-id.ts';
import type { Delivery, Email } from '../core/email.ts';
import { readItem, write } from './dynamodb-calls.ts';
import { deliveryIn } from './dynamodb-emails.ts';
import { deliveryKey } from './dynamodb-keys.ts';
import { packEmail } from './dynamodb-records.ts';
import { replaceDelivery } from './dynamodb-replace.ts';
import type { DynamodbTable } from './dynamodb-table.ts';

/** Replaces a delivery, or finds that this very write was made before: its answer was lost, and the SDK has sent it twice. */
export async function commitDelivery(
  table: DynamodbTable,
  next: Delivery,
  email: Email | null = null,
): Promise<'committed' | 'fenced'> {
  if (await replaceDelivery(table, next, { email })) return 'committed';
  const item = await readItem(table, deliveryKey(next));
  return item !== null && isDeepStrictEqual(deliveryIn(item), next) ? 'committed' : 'fenced';
}

/**
 * Replaces an email and deliveries of it. Versions are looked at before anything is written; should somebody come in between
 * all the same, deliveries written before are put back, as a version more. The item that holds the email comes last: a single
 * delivery, which is most mail, is one write with it.
 */
export async function rescheduleEmail(
  table: DynamodbTable,
  email: Email,
  deliveries: readonly Delivery[],
): Promise<'committed' | 'fenced'> {
  const before = await Promise.all(deliveries.map((one) => read(table, one)));
  if (before.some((old, index) => old?.version !== (deliveries[index]?.version ?? 0) - 1)) return 'fenced';
  const first = deliveries.find(({ id }) => partsOfDeliveryId(id).index === 0);
  const others = deliveries.filter((one) => one !== first);
  const results = await Promise.all(others.map((next) => commitDelivery(table, next)));
  const fenced =
    results.includes('fenced') || (first !== undefined && (await commitDelivery(table, first, email)) === 'fenced');
  if (!fenced) {
    if (first === undefined) await replaceEmail(table, email);
    return 'committed';
  }
  const written = others.filter((_, index) => results[index] === 'committed');
  await Promise.all(written.map((next) => putBack(table, next, before)));
  return 'fenced';
}

async function read(table: DynamodbTable, delivery: Delivery): Promise<Delivery | null> {
  const item = await readItem(table, deliveryKey(delivery));
  return item === null ? null : deliveryIn(item);
}

async function putBack(table: DynamodbTable, next: Delivery, before: readonly (Delivery | null)[]): Promise<void> {
  const old = before.find((one) => one?.id === next.id);
  if (old !== undefined && old !== null) await commitDelivery(table, { ...old, version: next.version + 1 });
}

async function replaceEmail(table: DynamodbTable, email: Email): Promise<void> {
  await write(table, {
    kind: 'update',
    input: {
      Key: deliveryKey({ id: deliveryIdOf(email.id, 0), projectId: email.projectId }),
      UpdateExpression: 'SET e = :email',
      ConditionExpression: 'attribute_exists(e)',
      ExpressionAttributeValues: { ':email': { S: packEmail(email) } },
    },
  });
}
