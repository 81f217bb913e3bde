import type * as z from 'zod';
import type { Context } from 'hono';

import type { AppEnv } from '../ports.ts';
import type { FieldError } from '../problem.ts';
import { type FieldCheck, refusedFields } from '../sending/refused-fields.ts';

/** The query of a request as its schema reads it; a parameter that stands there several times is an array. Pointers name parameters. */
export function readQuery<Schema extends z.ZodType>(
  c: Context<AppEnv>,
  schema: Schema,
  check: FieldCheck<z.output<Schema>> | null = null,
):
  | { readonly ok: true; readonly query: z.output<Schema> }
  | { readonly ok: false; readonly errors: readonly FieldError[] } {
  const given = Object.fromEntries(
    Array.from(
      Map.groupBy(new URL(c.req.url).searchParams, ([name]) => name),
      ([name, pairs]) => [name, pairs.length === 1 ? pairs[0]?.[1] : pairs.map(([, value]) => value)],
    ),
  );
  const parsed = schema.safeParse(given);
  return parsed.success
    ? { ok: true, query: parsed.data }
    : { ok: false, errors: refusedFields(schema, parsed.error, given, check) };
}
