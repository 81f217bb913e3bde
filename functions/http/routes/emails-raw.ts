import type { Context } from 'hono';

import { acceptOne, refuse } from '../sending/accept-one.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { idempotent } from '../idempotent.ts';
import { jsonPointer } from '../reading/json-pointer.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { type FieldError, validationProblem } from '../problem.ts';
import { type RawQuery, rawQuerySchema, type RawRequest, rawSchema } from '../sending/raw-schema.ts';
import { readQuery } from '../reading/read-query.ts';
import { readRaw } from '../sending/read-raw.ts';
import { type RawInput, readRawInput, readRawSubmission } from '../sending/read-raw-submission.ts';
import { refusedFields } from '../sending/refused-fields.ts';
import { requireScope } from '../require-scope.ts';
import { dsnPlace } from '../sending/send-options.ts';
import { waitForOutcome } from '../sending/wait-for-outcome.ts';
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
  const now = ports.clock.now();
  const result = bytes === undefined ? inputOfJson(c, now) : inputOfQuery(c, bytes, now);
  if (!result.ok) return validationProblem(c, result.errors);
  const read = await readRawSubmission(c, result.input, ports);
  return read.ok ? acceptOne(c, read, ports) : refuse(c, read.refusal);
}

function inputOfJson(c: Context<AppEnv>, now: number): InputResult {
  const body = c.get('body');
  const stray = Array.from(new URL(c.req.url).searchParams.keys(), (name) => ({
    pointer: jsonPointer([name]),
    code: 'unknown_key',
    detail: 'With a body of JSON, everything stands in the body.',
  }));
  if (stray.length > 0) return { ok: false, errors: stray };
  const parsed = rawSchema().safeParse(body);
  if (parsed.success) return { ok: true, input: inputIn(parsed.data) };
  const check = {
    standIns: { mime: '', envelope: { from: '', to: '' } },
    errorsOf: (request: RawRequest) => errorsIn(inputIn(request), now),
  };
  return { ok: false, errors: refusedFields(rawSchema(), parsed.error, body, check) };
}

function inputIn({ mime, envelope, ...options }: RawRequest): RawInput {
  const pointers = { message: '/mime', from: '/envelope/from', to: '/envelope/to', dsn: dsnPlace };
  return { bytes: Buffer.from(mime), ...envelope, options, pointers };
}

function inputOfQuery(c: Context<AppEnv>, bytes: Buffer, now: number): InputResult {
  const read = readQuery(c, rawQuerySchema(), {
    standIns: { from: '', to: '' },
    errorsOf(query) {
      const result = inputBeside(query, bytes);
      return result.ok ? errorsIn(result.input, now) : result.errors;
    },
  });
  return read.ok ? inputBeside(read.query, bytes) : read;
}

function inputBeside(query: RawQuery, bytes: Buffer): InputResult {
  const { from, to = [], tags = [], test, dsn_to, dsn_notify, dsn_ret, dsn_envid, ...options } = query;
  if (from === undefined) {
    return { ok: false, errors: [{ pointer: '/from', code: 'required', detail: 'Name the envelope sender: ?from=…' }] };
  }
  const stray = dsn_to === undefined && [dsn_notify, dsn_ret, dsn_envid].some((given) => given !== undefined);
  if (stray)
    return { ok: false, errors: [{ pointer: '/dsn_to', code: 'required', detail: 'Name who is told: dsn_to=…' }] };
  const notify = typeof dsn_notify === 'string' ? [dsn_notify] : dsn_notify;
  const dsn = dsn_to === undefined ? null : { to: dsn_to, notify, ret: dsn_ret, envid: dsn_envid };
  const pointers = { message: '', from: '/from', to: '/to', dsn: '/dsn_' };
  const list = typeof tags === 'string' ? [tags] : tags;
  return {
    ok: true,
    input: { bytes, from, to, options: { ...options, dsn, tags: list, test: test === 'true' }, pointers },
  };
}

function errorsIn(input: RawInput, now: number): readonly FieldError[] {
  const read = readRawInput(input, now);
  return read.ok ? [] : read.errors;
}
