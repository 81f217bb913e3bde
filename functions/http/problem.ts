import type { Context, TypedResponse } from 'hono';

import type { AppEnv } from './ports.ts';
import { type Problem, type ProblemCode, problemKinds, problemOf, type StatusOf } from './problem-kinds.ts';
import { requestLimits } from './request-limits.ts';

/** One refused field: `pointer` is a JSON pointer (RFC 6901) into the body, `detail` one sentence. */
export type FieldError = { readonly pointer: string; readonly code: string; readonly detail: string };

/** Answers with a problem. Where fields are to blame, `errors` names the first `requestLimits.errorsListed` of them. */
export function problem<Code extends ProblemCode>(
  c: Context<AppEnv>,
  code: Code,
  detail: string,
  { errors, headers = {} }: { errors?: readonly FieldError[]; headers?: Readonly<Record<string, string>> } = {},
): Response & TypedResponse<Problem, StatusOf<Code>, 'json'> {
  const { status } = problemKinds[code];
  const body: Problem = {
    ...problemOf(code, detail, c.get('requestId')),
    ...(errors === undefined ? {} : { errors: errors.slice(0, requestLimits.errorsListed) }),
  };
  return c.json(body, status as StatusOf<Code>, { ...headers, 'Content-Type': 'application/problem+json' });
}

/** Answers 422 with the refused fields; the first one is the detail. */
export function validationProblem(
  c: Context<AppEnv>,
  errors: readonly FieldError[],
): Response & TypedResponse<Problem, 422, 'json'> {
  return problem(c, 'validation_error', validationDetail(errors), { errors });
}

/** The first of the refused fields as one sentence, and how many more there are. */
export function validationDetail(errors: readonly FieldError[]): string {
  const [first] = errors;
  const where = first === undefined || first.pointer === '' ? 'the body' : first.pointer;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${where}: ${first?.detail ?? 'The request is not valid.'}${more}`;
}
