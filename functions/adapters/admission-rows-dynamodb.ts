import { limits } from '../core/limits.ts';
import type { AdmissionPlan, AdmissionRows } from '../core/ports/admission-rows.ts';
import { write } from './dynamodb-calls.ts';
import { createActiveProjects } from './dynamodb-active-projects.ts';
import { itemsOf } from './dynamodb-emails.ts';
import { keepBehind } from './dynamodb-answers-behind.ts';
import { gateOf } from './dynamodb-gates.ts';
import { openPlain, openWithAnswer } from './dynamodb-open-gate.ts';
import { deliveryKey, keyIn } from './dynamodb-keys.ts';
import { putUnderCondition } from './dynamodb-put.ts';
import type { DynamodbTable, Item } from './dynamodb-table.ts';

/** The watch looks at an email a grace after it was made; rows written within a third of it are there by then, with room for clocks that differ. */
const lateAfterMs = limits.queuedGraceMs / 3;
const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

/** Rows of new emails in DynamoDB. */
export function createDynamodbAdmissionRows(table: DynamodbTable): AdmissionRows {
  const active = createActiveProjects(table);
  return {
    async write(plan) {
      const wasLate = isLate(plan, table);
      const items = plan.admissions.flatMap((one) => itemsOf(one, plan.gated ? gateOf(plan) : null, wasLate));
      await Promise.all(plan.admissions.map(({ email }) => active.note(email.projectId, email.createdAt)));
      const written = await Promise.allSettled(items.map((item) => putUnderCondition(table, item, isNew)));
      const failure = written.find((one) => one.status === 'rejected');
      const taken = written.some((one) => one.status === 'fulfilled' && one.value === 'refused');
      if (failure === undefined && !taken && isLate(plan, table) === wasLate) return;
      // A row that was there before is somebody else's; one whose answer was lost may be there.
      const ours = items.filter((_, index) => isOurs(written[index]));
      await Promise.allSettled(ours.map((item) => takeBack(table, keyIn(item))));
      if (failure !== undefined) throw failure.reason;
      throw new Error(taken ? 'An email of this id is there already.' : 'The rows took too long to be written.');
    },
    async open(plan, now) {
      const gate = gateOf(plan);
      const [only, ...others] = plan.answers;
      if (only !== undefined && others.length === 0) return await openWithAnswer(table, gate, only, now);
      return (await keepBehind(table, gate, plan.answers, now)) ?? (await openPlain(table, gate, now));
    },
    async withdraw(plan) {
      const deliveries = plan.admissions.flatMap((one) => one.deliveries);
      const taken = await Promise.all(deliveries.map((one) => takeBack(table, deliveryKey(one))));
      return taken.every(Boolean) ? 'withdrawn' : 'claimed';
    },
  };
}

function isLate({ admissions }: AdmissionPlan, { clock }: DynamodbTable): boolean {
  return admissions.some(({ email }) => clock.now() - email.createdAt > lateAfterMs);
}

function isOurs(result: PromiseSettledResult<'written' | 'refused'> | undefined): boolean {
  return result?.status === 'rejected' || result?.value === 'written';
}

/** Deletes a row that nobody has claimed; `false` when somebody has. */
async function takeBack(table: DynamodbTable, key: Item): Promise<boolean> {
  const deleted = await write(table, {
    kind: 'delete',
    input: {
      Key: key,
      ConditionExpression: 'attribute_not_exists(pk) OR v = :first',
      ExpressionAttributeValues: { ':first': { N: '1' } },
    },
  });
  return deleted.kind === 'written';
}
