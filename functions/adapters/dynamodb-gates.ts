import type { AdmissionPlan } from '../core/ports/admission-rows.ts';
import { readItem } from './dynamodb-calls.ts';
import { keptAnswerKey } from './dynamodb-kept-answers.ts';
import { keyOf } from './dynamodb-keys.ts';
import { emailIdIn } from './dynamodb-names.ts';
import { type DynamodbTable, type Item, textOf } from './dynamodb-table.ts';

/** A gate is open for the request that `opensFor` names (by its first email), once an item under `pk` says so. */
export type Gate = { readonly pk: string; readonly opensFor: string };

/**
 * The gate of a request. With one Idempotency-Key it is the item of the kept answer: emails that count and an answer that is
 * kept are then one and the same write. Otherwise it is an item of its own.
 */
export function gateOf({ admissions, answers }: AdmissionPlan): Gate {
  const [only, ...others] = answers;
  const opensFor = admissions[0]?.email.id ?? `no email, ${answers.map(({ request }) => request.fingerprint).join()}`;
  const pk = only !== undefined && others.length === 0 ? keptAnswerKey(only.request) : `g${opensFor}`;
  return { pk, opensFor };
}

/** The gate that an email's item stands behind; `null` when it counts by itself. */
export function gateIn(item: Item): Gate | null {
  const pk = textOf(item, 'u');
  return pk === '' ? null : { pk, opensFor: item['un']?.S ?? emailIdIn(item) };
}

/** Whether a gate has been opened. */
export async function isGateOpen(table: DynamodbTable, gate: Gate): Promise<boolean> {
  const item = await readItem(table, keyOf(gate.pk));
  return item !== null && textOf(item, 'g') === gate.opensFor;
}
