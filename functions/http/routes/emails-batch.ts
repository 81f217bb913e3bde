import type { Context } from 'hono';

import type { AcceptResult } from '../../core/accept.ts';
import { notStored } from '../sending/accept-one.ts';
import type { ApiRouter } from '../api-router.ts';
import { type BatchItem, knownItem, readBatch } from '../sending/batch-items.ts';
import { looseBatchSchema } from '../sending/batch-schema.ts';
import type { IdempotentRequest, RepeatableAnswer } from '../../core/ports/admissions.ts';
import type { FoundEmail } from '../../core/ports/ledger.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fieldErrors } from '../field-errors.ts';
import { idempotent, replay } from '../idempotent.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem, validationDetail, validationProblem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import { requireScope } from '../require-scope.ts';
import { warn } from '../sending/sender-check.ts';
import { batchRoute } from './email-sending-definitions.ts';

type Items = readonly BatchItem[];
type Answer = RepeatableAnswer & { readonly status: 200 | 202 };

/** `POST /v1/emails/batch`. */
export function addBatchRoute(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  // The published form is that of a whole batch; what is checked first is its frame, and then email by email.
  app.describe(batchRoute);
  app.post(
    batchRoute.path,
    requireScope('emails:send'),
    readJson(ports.limits.maxRequestBytes, budget),
    idempotent(ports, `POST ${batchRoute.path}`),
    (c) => sendBatch(c, ports),
  );
}

async function sendBatch(c: Context<AppEnv>, ports: AppPorts): Promise<Response> {
  const parsed = looseBatchSchema().safeParse(c.get('body'));
  if (!parsed.success) return validationProblem(c, fieldErrors(parsed.error.issues, c.get('body')));
  const { items, release } = await readBatch(c, parsed.data.emails, ports);
  try {
    return await acceptItems(c, items, parsed.data.mode ?? 'atomic', ports);
  } finally {
    await release();
  }
}

async function acceptItems(
  c: Context<AppEnv>,
  items: Items,
  mode: 'atomic' | 'partial',
  ports: AppPorts,
): Promise<Response> {
  if (mode === 'atomic' && items.some(({ kind }) => kind === 'refused')) return refuseAll(c, items);
  if (items.every(({ kind }) => kind === 'refused')) return answer(c, answerOf(items, []));
  const result = await acceptReady(c, items, ports);
  switch (result.kind) {
    case 'accepted':
      return answer(c, answerOf(items, result.emails));
    case 'unavailable':
      return notStored(c);
    case 'kept': {
      const request = c.get('idempotent');
      if (request !== null && isSameKey(result.request, request)) return replay(c, request, result.kept);
      return await acceptItems(c, withKnown(items, result), mode, ports);
    }
  }
}

function acceptReady(c: Context<AppEnv>, items: Items, ports: AppPorts): Promise<AcceptResult> {
  const request = c.get('idempotent');
  const submissions = items.flatMap((item) => (item.kind === 'ready' ? [item.submission] : []));
  const keep = request && { request, render: (emails: readonly FoundEmail[]) => answerOf(items, emails) };
  return ports.accept(submissions, { projectId: c.get('principal').projectId, keep });
}

// Somebody with the same key was faster although we held it: the reservation had run out.
function withKnown(items: Items, { request, kept }: Extract<AcceptResult, { kind: 'kept' }>): Items {
  return items.map((item, index) =>
    item.kind === 'ready' && item.submission.keep !== null && isSameKey(item.submission.keep.request, request)
      ? knownItem(item.submission.keep.request, kept, index)
      : item,
  );
}

function isSameKey(one: IdempotentRequest, other: IdempotentRequest): boolean {
  return one.route === other.route && one.key === other.key;
}

// `accepted` has an entry for each item that is ready, in their order.
function answerOf(items: Items, accepted: readonly FoundEmail[]): Answer {
  const ids = accepted.map(({ email }) => email.id);
  let next = 0;
  const entries: object[] = [];
  for (const item of items) entries.push(entryOf(item));
  const isAnyAccepted = items.some(({ kind }) => kind === 'ready' || kind === 'known');
  return {
    status: isAnyAccepted ? 202 : 200,
    body: JSON.stringify({ data: entries.map((entry, index) => ({ index, ...entry })) }),
    warning: items.map((item) => ('warning' in item ? item.warning : null)).find((one) => one !== null) ?? null,
  };

  function entryOf(item: BatchItem): object {
    switch (item.kind) {
      case 'ready':
        return { id: ids[next++] };
      case 'known':
        return { id: item.id };
      case 'same':
        return entries[item.as] ?? {};
      case 'refused':
        return { error: item.error };
    }
  }
}

function answer(c: Context<AppEnv>, { status, body, warning }: Answer): Response {
  warn(c, warning);
  return c.body(body, status, { 'Content-Type': 'application/json' });
}

function refuseAll(c: Context<AppEnv>, items: Items): Response {
  const refusals = items.flatMap((item, index) => (item.kind === 'refused' ? [{ ...item.error, index }] : []));
  const errors = refusals.flatMap(({ errors: fields, code, detail, index }) =>
    fields === undefined ? [{ pointer: `/emails/${index}`, code, detail }] : fields,
  );
  const first = refusals.find(({ code }) => code === 'validation_error') ?? refusals[0];
  if (first?.code === undefined || first.code === 'validation_error') return validationProblem(c, errors);
  const headers = first.code === 'idempotency_in_progress' ? { 'Retry-After': '1' } : {};
  const detail = first.errors ? validationDetail(first.errors) : `/emails/${first.index}: ${first.detail}`;
  return problem(c, first.code, detail, { errors, headers });
}
