import type * as z from 'zod';
import type { Context } from 'hono';

import { fieldErrors } from './field-errors.ts';
import type { AppEnv } from './ports.ts';
import type { FieldError } from './problem.ts';

/** The query of a request as its schema reads it; a parameter that stands there several times is an array. Pointers name parameters. */
export function readQuery<Schema extends z.ZodType>(
  c: Context<AppEnv>,
  schema: Schema,
): { readonly ok: true; readonly query: z.output<Schema> } | { readonly ok: false; readonly errors: FieldError[] } {
  const given = Object.fromEntries(
    Array.from(
      Map.groupBy(new URL(c.req.url).searchParams, ([name]) => name),
      ([name, pairs]) => [name, pairs.length === 1 ? pairs[0]?.[1] : pairs.map(([, value]) => value)],
    ),
  );
  const parsed = schema.safeParse(given);
  return parsed.success
    ? { ok: true, query: parsed.data }
    : { ok: false, errors: fieldErrors(parsed.error.issues, given) };
}
