import { isUtf8 } from 'node:buffer';

import type { Context, MiddlewareHandler } from 'hono';

import type { ByteBudget } from './byte-budget.ts';
import { jsonPointer } from './json-pointer.ts';
import { pathOfLoneSurrogate } from '../sending/plain-text.ts';
import type { AppEnv } from '../ports.ts';
import { type FieldError, problem, validationProblem } from '../problem.ts';
import { type BodyReader, readBody } from './read-body.ts';
import { parseStrictJson } from './strict-json.ts';

// UTF-8 itself carries no surrogates, so only an escape can have brought one.
const surrogateEscape = /\\u[dD][89a-fA-F]/;

/** Strict JSON, left in `body`, where the route's validator finds it. */
export const jsonReader: BodyReader = {
  accept: 'application/json',
  problemOfType: (type, parameters) =>
    type === 'application/json' && parameters.every((parameter) => /^charset="?utf-8"?$/.test(parameter))
      ? null
      : 'Send the body with Content-Type: application/json, in UTF-8.',
  take(c, bytes) {
    const parsed = parsedBody(c, bytes);
    if (parsed instanceof Response) return parsed;
    c.set('body', parsed.value);
    return null;
  },
};

/** Reads the body as strict JSON, within `maxBytes` and `budget`. */
export function readJson(maxBytes: number, budget: ByteBudget): MiddlewareHandler<AppEnv> {
  return readBody(maxBytes, budget, jsonReader);
}

function parsedBody(c: Context<AppEnv>, bytes: Buffer): { readonly value: unknown } | Response {
  if (!isUtf8(bytes)) return problem(c, 'invalid_json', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  const parsed = parseStrictJson(text);
  if (!parsed.ok) return problem(c, 'invalid_json', parsed.why);
  const lone = surrogateEscape.test(text) ? pathOfLoneSurrogate(parsed.value) : null;
  return lone === null ? { value: parsed.value } : validationProblem(c, [loneSurrogate(lone)]);
}

function loneSurrogate(path: readonly PropertyKey[]): FieldError {
  return {
    pointer: jsonPointer(path),
    code: 'lone_surrogate',
    detail: 'The text has half of a surrogate pair, which is no character.',
  };
}
