import { hash } from 'node:crypto';

import { limits } from '../core/limits.ts';
import type { AnswerToKeep, IdempotentRequest, KeptAnswer } from '../core/ports/admissions.ts';
import { readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { type DynamodbTable, type Item, numberOf, textOf } from './dynamodb-table.ts';

/** A request whose process has died holds its keys for so long: more than any request takes. */
export const reservedMs = 2 * 60_000;

/** Emails ask for the gate that a kept answer is until the watch has looked at them; this is far longer. */
const storedMs = 2 * limits.idempotencyMs;

/** The partition of what is known of a key; a digest, since keys are up to 255 characters that emails would have to repeat. */
export function keptAnswerKey({ projectId, route, key }: IdempotentRequest): string {
  return `k${hash('sha256', JSON.stringify([projectId, route, key]), 'base64url')}`;
}

/** The item that keeps an answer for the request of `opensFor`; behind the gate `behind`, it counts once that is open. */
export function answerItem(answer: AnswerToKeep, opensFor: string, now: number, behind: string | null = null): Item {
  return {
    ...keyOf(keptAnswerKey(answer.request)),
    g: { S: opensFor },
    t: { N: String(now) },
    f: { S: answer.request.fingerprint },
    n: { N: String(answer.status) },
    b: { S: answer.body },
    z: { N: String(Math.ceil((now + storedMs) / 1_000)) },
    ...(answer.warning !== null && { q: { S: answer.warning } }),
    ...(behind !== null && { p: { S: behind } }),
  };
}

/**
 * What an item under a key comes to: an answer to replay, a request that is running, or nothing any more (`free`: what was
 * there is gone, and the key can be had). A request that stopped short of its gate is running for as long as a reservation
 * holds; then its gate is shut for good, so that it cannot count any more.
 */
export async function resolveAnswer(
  table: DynamodbTable,
  item: Item,
  now: number,
): Promise<{ readonly kind: 'kept'; readonly kept: KeptAnswer } | { readonly kind: 'running' | 'free' }> {
  const keptAt = numberOf(item, 't');
  if (keptAt === null) return { kind: 'running' };
  if (keptAt <= now - limits.idempotencyMs) return { kind: 'free' };
  const kept = {
    fingerprint: textOf(item, 'f'),
    status: numberOf(item, 'n') ?? 0,
    body: textOf(item, 'b'),
    warning: item['q']?.S ?? null,
  };
  const behind = textOf(item, 'p');
  if (behind === '') return { kind: 'kept', kept };
  const opensFor = textOf(item, 'g');
  const gate = await readItem(table, keyOf(behind));
  if (gate !== null && textOf(gate, 'g') === opensFor) return { kind: 'kept', kept };
  if (keptAt + reservedMs > now) return { kind: 'running' };
  return (await shut(table, behind, now)) === 'open' ? { kind: 'kept', kept } : await forget(table, item);
}

async function shut(table: DynamodbTable, pk: string, now: number): Promise<'shut' | 'open'> {
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: { ...keyOf(pk), g: { S: 'shut' }, z: { N: String(Math.ceil((now + storedMs) / 1_000)) } },
      ConditionExpression: 'attribute_not_exists(g) OR g = :shut',
      ExpressionAttributeValues: { ':shut': { S: 'shut' } },
    },
  });
  return put.kind === 'written' ? 'shut' : 'open';
}

async function forget(table: DynamodbTable, item: Item): Promise<{ readonly kind: 'free' }> {
  await write(table, {
    kind: 'delete',
    input: {
      Key: keyOf(textOf(item, 'pk')),
      ConditionExpression: 'g = :seen',
      ExpressionAttributeValues: { ':seen': { S: textOf(item, 'g') } },
    },
  });
  return { kind: 'free' };
}
