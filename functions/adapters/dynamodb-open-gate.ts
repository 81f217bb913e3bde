import { limits } from '../core/limits.ts';
import type { AnswerToKeep, IdempotentRequest, KeptAnswer } from '../core/ports/admissions.ts';
import { readItem, write } from './dynamodb-calls.ts';
import type { Gate } from './dynamodb-gates.ts';
import { answerItem, resolveAnswer } from './dynamodb-kept-answers.ts';
import { keyOf } from './dynamodb-keys.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

export type Opened =
  | { readonly kind: 'open' }
  | { readonly kind: 'taken'; readonly request: IdempotentRequest; readonly kept: KeptAnswer };

/** Opens a gate that is the kept answer itself. */
export async function openWithAnswer(
  table: DynamodbTable,
  gate: Gate,
  answer: AnswerToKeep,
  now: number,
): Promise<Opened> {
  if (await put(table, gate, answerItem(answer, gate.opensFor, now), now)) return { kind: 'open' };
  const item = await readItem(table, keyOf(gate.pk));
  const standing = item === null ? null : await resolveAnswer(table, item, now);
  if (standing?.kind === 'kept') return { kind: 'taken', request: answer.request, kept: standing.kept };
  throw new Error('Another request under the same key has not come to its end.');
}

/** Opens a gate of its own. */
export async function openPlain(table: DynamodbTable, gate: Gate, now: number): Promise<Opened> {
  const expiresAt = Math.ceil((now + 2 * limits.idempotencyMs) / 1_000);
  const item = { ...keyOf(gate.pk), g: { S: gate.opensFor }, z: { N: String(expiresAt) } };
  if (await put(table, gate, item, now)) return { kind: 'open' };
  throw new Error('The request took so long that its gate was shut.');
}

// Refused, it may have been this very write, whose answer was lost.
async function put(table: DynamodbTable, gate: Gate, Item: Item, now: number): Promise<boolean> {
  const written = await write(table, {
    kind: 'put',
    input: {
      Item,
      ConditionExpression: 'attribute_not_exists(g) OR t <= :old',
      ExpressionAttributeValues: { ':old': { N: String(now - limits.idempotencyMs) } },
    },
  });
  if (written.kind === 'written') return true;
  const item = await readItem(table, keyOf(gate.pk));
  return item !== null && textOf(item, 'g') === gate.opensFor && item['p'] === undefined;
}
