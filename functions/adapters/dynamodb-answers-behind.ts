import { limits } from '../core/limits.ts';
import type { AnswerToKeep } from '../core/ports/admissions.ts';
import { readItem, write } from './dynamodb-calls.ts';
import type { Gate } from './dynamodb-gates.ts';
import { answerItem, keptAnswerKey, resolveAnswer } from './dynamodb-kept-answers.ts';
import { keyOf } from './dynamodb-keys.ts';
import type { Opened } from './dynamodb-open-gate.ts';
import type { DynamodbTable } from './dynamodb-table.ts';

/**
 * Writes the answers of a request with several keys behind its gate: they count once it is open. `null` when all are written;
 * otherwise none is left.
 */
export async function keepBehind(
  table: DynamodbTable,
  gate: Gate,
  answers: readonly AnswerToKeep[],
  now: number,
): Promise<Extract<Opened, { kind: 'taken' }> | null> {
  const results = await Promise.allSettled(answers.map((answer) => keepOne(table, gate, answer, now)));
  const failure = results.find((one) => one.status === 'rejected');
  const taken = results.flatMap((one) => (one.status === 'fulfilled' && one.value !== null ? [one.value] : []))[0];
  if (failure === undefined && taken === undefined) return null;
  await Promise.allSettled(answers.map((answer) => takeBack(table, gate, answer)));
  if (taken === undefined) throw failure?.reason;
  return taken;
}

async function keepOne(
  table: DynamodbTable,
  gate: Gate,
  answer: AnswerToKeep,
  now: number,
): Promise<Extract<Opened, { kind: 'taken' }> | null> {
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: answerItem(answer, gate.opensFor, now, gate.pk),
      ConditionExpression: 'attribute_not_exists(g) OR t <= :old OR g = :own',
      ExpressionAttributeValues: {
        ':old': { N: String(now - limits.idempotencyMs) },
        ':own': { S: gate.opensFor },
      },
    },
  });
  if (put.kind === 'written') return null;
  const item = await readItem(table, keyOf(keptAnswerKey(answer.request)));
  const standing = item === null ? null : await resolveAnswer(table, item, now);
  if (standing?.kind === 'kept') return { kind: 'taken', request: answer.request, kept: standing.kept };
  throw new Error('Another request under the same key has not come to its end.');
}

async function takeBack(table: DynamodbTable, gate: Gate, { request }: AnswerToKeep): Promise<void> {
  await write(table, {
    kind: 'delete',
    input: {
      Key: keyOf(keptAnswerKey(request)),
      ConditionExpression: 'g = :own',
      ExpressionAttributeValues: { ':own': { S: gate.opensFor } },
    },
  });
}
