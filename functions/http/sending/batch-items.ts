import type { Context } from 'hono';

import type { Submission } from '../../core/accept.ts';
import type { IdempotentRequest, KeptAnswer } from '../../core/ports/admissions.ts';
import type { Principal } from '../../core/ports/keys.ts';
import { keptAnswer } from './accept-one.ts';
import { batchItemSchema } from './batch-schema.ts';
import type { Refusal } from './check-draft.ts';
import { fromStore } from '../from-store.ts';
import { keyForm, requestUnderKey } from '../idempotent.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import type { FieldError } from '../problem.ts';
import { invalid, readSubmission, sendCheck } from './read-submission.ts';
import { refusedFields } from './refused-fields.ts';
import { requestLimits } from '../request-limits.ts';
import { warningOf } from './sender-check.ts';

/** Why one email of a batch is refused; pointers lead into the body of the whole request. */
export type ItemError = Omit<Refusal, 'code'> & {
  readonly code: Refusal['code'] | 'idempotency_key_reused' | 'idempotency_in_progress';
};

/** Where one email of a batch stands. `known` has been accepted before; `same` repeats an earlier one of this batch. */
export type BatchItem =
  | { readonly kind: 'ready'; readonly submission: Submission; readonly warning: string | null }
  | { readonly kind: 'known'; readonly id: string; readonly warning: string | null }
  | { readonly kind: 'same'; readonly as: number }
  | { readonly kind: 'refused'; readonly error: ItemError };

/** The emails of a batch, each read by itself, and the idempotency keys that are held for them until `release`. */
export type ReadBatch = { readonly items: readonly BatchItem[]; readonly release: () => Promise<void> };

/** The route whose idempotency keys those of a batch's emails are. */
const singleRoute = 'POST /v1/emails';

/** Reads every email of a batch. What has been accepted before under its key is not validated again, as for a single one. */
export async function readBatch(c: Context<AppEnv>, emails: readonly unknown[], ports: AppPorts): Promise<ReadBatch> {
  const held: IdempotentRequest[] = [];
  const release = async (): Promise<void> => {
    await Promise.allSettled(held.map((request) => ports.idempotency.release(request)));
  };
  const first = new Map<string, { readonly index: number; readonly fingerprint: string }>();
  const items: BatchItem[] = [];
  try {
    for (const [index, value] of emails.entries()) {
      const request = requestOf(value, c.get('principal'));
      const before = request && first.get(request.key);
      if (request !== null && before) {
        const isSame = before.fingerprint === request.fingerprint;
        items.push(isSame ? { kind: 'same', as: before.index } : reused(index));
        continue;
      }
      if (request !== null) first.set(request.key, { index, fingerprint: request.fingerprint });
      const begun = request && (await fromStore(() => ports.idempotency.begin(request, ports.clock.now())));
      if (request !== null && begun?.kind === 'fresh') held.push(request);
      if (request !== null && begun?.kind === 'kept') items.push(knownItem(request, begun.kept, index));
      else if (begun?.kind === 'running') items.push(inProgress(index));
      else items.push(await readItem(c, value, index, request, ports));
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { items, release };
}

/** An email whose key has an answer: that answer's email, or a refusal when it was another one. */
export function knownItem(request: IdempotentRequest, kept: KeptAnswer, index: number): BatchItem {
  if (kept.fingerprint !== request.fingerprint) return reused(index);
  const { id } = JSON.parse(kept.body) as { readonly id: string };
  return { kind: 'known', id, warning: kept.warning };
}

async function readItem(
  c: Context<AppEnv>,
  value: unknown,
  index: number,
  request: IdempotentRequest | null,
  ports: AppPorts,
): Promise<BatchItem> {
  const parsed = batchItemSchema().safeParse(value);
  const read = parsed.success
    ? await readSubmission(c, parsed.data, ports)
    : invalid(refusedFields(batchItemSchema(), parsed.error, value, sendCheck(ports)));
  if (!read.ok) return { kind: 'refused', error: placed(read.refusal, `/emails/${index}`) };
  const { sendable, suppressed, unverified } = read;
  const keep = request && { request, render: keptAnswer(unverified) };
  return { kind: 'ready', submission: { sendable, suppressed, keep }, warning: warningOf(unverified) };
}

function requestOf(value: unknown, principal: Principal): IdempotentRequest | null {
  if (typeof value !== 'object' || value === null || !('idempotency_key' in value)) return null;
  const { idempotency_key: key, ...body } = value;
  if (typeof key !== 'string' || !keyForm.test(key)) return null;
  return requestUnderKey(principal, singleRoute, key, body);
}

function placed({ code, detail, errors }: Refusal, place: string): ItemError {
  if (errors === undefined) return { code, detail };
  const moved = errors
    .slice(0, requestLimits.errorsListed)
    .map((error): FieldError => ({ ...error, pointer: place + error.pointer }));
  return { ...invalid(moved).refusal, code };
}

function reused(index: number): BatchItem {
  return refusedKey(index, 'idempotency_key_reused', 'This idempotency_key was used for another email.');
}

function inProgress(index: number): BatchItem {
  const detail = 'A request with this idempotency_key is still running.';
  return refusedKey(index, 'idempotency_in_progress', detail);
}

function refusedKey(
  index: number,
  code: 'idempotency_key_reused' | 'idempotency_in_progress',
  detail: string,
): BatchItem {
  const pointer = `/emails/${index}/idempotency_key`;
  return { kind: 'refused', error: { code, detail, errors: [{ pointer, code, detail }] } };
}
