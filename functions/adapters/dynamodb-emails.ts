import type { DsnKind } from '../core/dsn/dsn.ts';
import type { Delivery, Email } from '../core/email.ts';
import { limits } from '../core/limits.ts';
import type { Admission } from '../core/ports/admissions.ts';
import type { Gate } from './dynamodb-gates.ts';
import { deliveryKey } from './dynamodb-keys.ts';
import { deliveryIdIn, emailIdIn, projectIdIn } from './dynamodb-names.ts';
import { packEmail, packRecipients, unpackEmail, unpackRecipients } from './dynamodb-records.ts';
import { dueShardOf } from './dynamodb-shards.ts';
import { type Item, numberOf, textOf } from './dynamodb-table.ts';

/**
 * The items of a new email: the first holds the email and its first delivery, the others one delivery each.
 *
 * A queued delivery is in no index of what is due: that its first attempt goes well then costs no index write, and the watch
 * (dynamodb-watch.ts) finds it if not. It is indexed where the watch would come too late: when its time comes before the
 * watch does, or when the email was made so long ago that the watch may have passed (`late`).
 */
export function itemsOf({ email, deliveries }: Admission, gate: Gate | null, late: boolean): Item[] {
  const watchedAt = email.createdAt + limits.queuedGraceMs;
  return deliveries.map((delivery, index) => {
    const { state, dueAt } = delivery;
    const indexed = dueAt !== null && (late || state !== 'queued' || dueAt < watchedAt);
    return {
      ...deliveryKey(delivery),
      ...(index === 0 ? emailAttributes(email, deliveries.length, gate) : { q: { S: email.projectId } }),
      ...deliveryAttributes(delivery),
      ...(indexed && { x: { S: dueShardOf(delivery.id) } }),
    };
  });
}

/** Everything of a delivery that changes, but for its place in the due index. `null` times have no attribute. */
export function deliveryAttributes(delivery: Delivery): Item {
  const { state, version, attempt, claimedAt, dueAt, notify } = delivery;
  const [first] = delivery.recipients;
  return {
    s: { S: state },
    v: { N: String(version) },
    ...(attempt > 0 && { a: { N: String(attempt) } }),
    ...(claimedAt !== null && { c: { N: String(claimedAt) } }),
    ...(dueAt !== null && { d: { N: String(dueAt) } }),
    ...(delivery.domain !== first?.mailbox.domain && { o: { S: delivery.domain } }),
    ...(notify !== undefined && { n: { S: notify.join() } }),
    r: packRecipients(delivery),
  };
}

/** The email in an item that holds one. */
export function emailIn(item: Item): Email {
  return unpackEmail(textOf(item, 'e'), emailIdIn(item), projectIdIn(item));
}

/** The delivery in an item. */
export function deliveryIn(item: Item): Delivery {
  const recipients = unpackRecipients(item['r'] ?? {});
  const notify = item['n']?.S?.split(',') as readonly DsnKind[] | undefined;
  return {
    id: deliveryIdIn(item),
    emailId: emailIdIn(item),
    projectId: projectIdIn(item),
    domain: item['o']?.S ?? recipients[0]?.mailbox.domain ?? '',
    state: textOf(item, 's') as Delivery['state'],
    version: numberOf(item, 'v') ?? 0,
    attempt: numberOf(item, 'a') ?? 0,
    claimedAt: numberOf(item, 'c'),
    dueAt: numberOf(item, 'd'),
    recipients,
    ...(notify && { notify }),
  };
}

function emailAttributes(email: Email, deliveryCount: number, gate: Gate | null): Item {
  return {
    e: { S: packEmail(email) },
    ...(deliveryCount > 1 && { k: { N: String(deliveryCount) } }),
    ...(gate !== null && { u: { S: gate.pk } }),
    ...(gate !== null && gate.opensFor !== email.id && { un: { S: gate.opensFor } }),
  };
}
