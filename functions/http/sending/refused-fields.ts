import type * as z from 'zod';

import { fieldErrors } from '../field-errors.ts';
import type { FieldError } from '../problem.ts';
import { requestLimits } from '../request-limits.ts';

/** What is asked of a request beyond its form. */
export type FieldCheck<Request> = {
  /** In the place of fields that are refused or missing, so that the others can be looked at. What is said of them is dropped. */
  readonly standIns: Readonly<Record<string, unknown>>;
  readonly errorsOf: (request: Request) => readonly FieldError[];
};

/**
 * Every field to blame of a request that its schema did not take, and not only those that the schema knows of: unknown keys
 * are left out, refused fields replaced, and the rest is checked as if they were fine. So one answer names all that is wrong.
 */
export function refusedFields<Schema extends z.ZodType>(
  schema: Schema,
  { issues }: z.ZodError,
  given: unknown,
  check: FieldCheck<z.output<Schema>> | null,
): readonly FieldError[] {
  const errors = fieldErrors(issues, given);
  if (check === null || !isObject(given) || errors.length >= requestLimits.errorsListed) return errors;
  const blamed = new Set(errors.filter(({ code }) => code !== 'unknown_key').map(({ pointer }) => stepsOf(pointer)[0]));
  const known = errors
    .filter(({ code }) => code === 'unknown_key')
    .reduce((value, { pointer }) => without(value, stepsOf(pointer)), given as unknown);
  const rest = schema.safeParse(withStandIns(known as object, blamed, check.standIns));
  if (!rest.success) return errors;
  const others = check.errorsOf(rest.data).filter(({ pointer }) => !blamed.has(stepsOf(pointer)[0]));
  return [...errors, ...others];
}

function withStandIns(
  known: object,
  blamed: ReadonlySet<string | undefined>,
  standIns: Readonly<Record<string, unknown>>,
): object {
  const kept = Object.entries(known).filter(([name]) => !blamed.has(name));
  const replaced = Object.entries(standIns).filter(([name]) => blamed.has(name));
  return Object.fromEntries([...kept, ...replaced]);
}

function without(value: unknown, [step, ...deeper]: readonly string[]): unknown {
  if (step === undefined || !isObject(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === step ? without(item, deeper) : item));
  const entries = Object.entries(value);
  return Object.fromEntries(
    deeper.length === 0
      ? entries.filter(([name]) => name !== step)
      : entries.map(([name, item]) => [name, name === step ? without(item, deeper) : item]),
  );
}

// RFC 6901 §4, backwards.
function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
