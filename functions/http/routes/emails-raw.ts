import type { Context } from 'hono';

import { acceptOne, refuse } from '../accept-one.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { fieldErrors } from '../field-errors.ts';
import { idempotent } from '../idempotent.ts';
import { jsonPointer } from '../json-pointer.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { type FieldError, validationProblem } from '../problem.ts';
import { rawQuerySchema, rawSchema } from '../raw-schema.ts';
import { readQuery } from '../read-query.ts';
import { readRaw } from '../read-raw.ts';
import { type RawInput, readRawSubmission } from '../read-raw-submission.ts';
import { requireScope } from '../require-scope.ts';
import { waitForOutcome } from '../wait-for-outcome.ts';
import { rawRoute } from './email-sending-definitions.ts';

type InputResult =
  | { readonly ok: true; readonly input: RawInput }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** `POST /v1/emails/raw`. */
export function addRawRoute(app: ApiRouter, ports: AppPorts, budget: ByteBudget): void {
  // Two media types, of which the body decides where the envelope is: more than a validator of one form can say.
  app.describe(rawRoute);
  app.post(
    rawRoute.path,
    requireScope('emails:send'),
    waitForOutcome(ports),
    readRaw(ports.limits.maxRequestBytes, budget),
    idempotent(ports, `POST ${rawRoute.path}`),
    (c) => sendRaw(c, ports),
  );
}

async function sendRaw(c: Context<AppEnv>, ports: AppPorts): Promise<Response> {
  const bytes = c.get('message');
  const result = bytes === undefined ? inputOfJson(c) : inputOfQuery(c, bytes);
  if (!result.ok) return validationProblem(c, result.errors);
  const read = await readRawSubmission(c, result.input, ports);
  return read.ok ? acceptOne(c, read, ports) : refuse(c, read.refusal);
}

function inputOfJson(c: Context<AppEnv>): InputResult {
  const body = c.get('body');
  const stray = Array.from(new URL(c.req.url).searchParams.keys(), (name) => ({
    pointer: jsonPointer([name]),
    code: 'unknown_key',
    detail: 'With a body of JSON, everything stands in the body.',
  }));
  if (stray.length > 0) return { ok: false, errors: stray };
  const parsed = rawSchema().safeParse(body);
  if (!parsed.success) return { ok: false, errors: fieldErrors(parsed.error.issues, body) };
  const { mime, envelope, ...options } = parsed.data;
  const pointers = { message: '/mime', from: '/envelope/from', to: '/envelope/to' };
  return { ok: true, input: { bytes: Buffer.from(mime), ...envelope, options, pointers } };
}

function inputOfQuery(c: Context<AppEnv>, bytes: Buffer): InputResult {
  const read = readQuery(c, rawQuerySchema());
  if (!read.ok) return read;
  const { from, to = [], tags = [], test, ...options } = read.query;
  if (from === undefined) {
    return { ok: false, errors: [{ pointer: '/from', code: 'required', detail: 'Name the envelope sender: ?from=…' }] };
  }
  const pointers = { message: '', from: '/from', to: '/to' };
  const list = typeof tags === 'string' ? [tags] : tags;
  return { ok: true, input: { bytes, from, to, options: { ...options, tags: list, test: test === 'true' }, pointers } };
}
