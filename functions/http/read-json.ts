import { isUtf8 } from 'node:buffer';

import type { Context, MiddlewareHandler } from 'hono';

import { largeBuffer } from '../core/large-buffer.ts';
import type { ByteBudget } from './byte-budget.ts';
import { jsonPointer } from './json-pointer.ts';
import { pathOfLoneSurrogate } from './plain-text.ts';
import type { AppEnv } from './ports.ts';
import { type FieldError, problem, validationProblem } from './problem.ts';
import { parseStrictJson } from './strict-json.ts';

type Body =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'incomplete' };

/** A body declared to be no larger than this is read the short way, at the price of a second copy. */
const readAtOnceBytes = 256 * 1024;

// UTF-8 itself carries no surrogates, so only an escape can have brought one.
const surrogateEscape = /\\u[dD][89a-fA-F]/;

/**
 * Reads the body as strict JSON, leaves it in `body` and hands it to the route's validator. At most `maxBytes` are read,
 * whatever Content-Length says, and the memory is accounted for in `budget` until the request has been answered.
 */
export function readJson(maxBytes: number, budget: ByteBudget): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const refusal = problemOfContentType(c);
    if (refusal !== null) {
      return problem(c, 'unsupported_media_type', refusal, { headers: { Accept: 'application/json' } });
    }
    const declared = declaredLength(c);
    if (declared !== null && declared > maxBytes) return tooLarge(c, maxBytes);
    const release = await budget.take(declared ?? maxBytes);
    try {
      const parsed = await parsedBody(c, declared, maxBytes);
      if (parsed instanceof Response) return parsed;
      c.set('body', parsed.value);
      // The validator of the route asks for the JSON; it must get this one, not parse the text a second time.
      c.req.json = <Value>() => Promise.resolve(parsed.value as Value);
      return await next();
    } finally {
      release();
    }
  };
}

// A function of its own, so that neither the bytes nor the text of a large body outlive it.
async function parsedBody(
  c: Context<AppEnv>,
  declared: number | null,
  maxBytes: number,
): Promise<{ readonly value: unknown } | Response> {
  const body = await readBody(c, declared, maxBytes);
  if (body.kind === 'too_large') return tooLarge(c, maxBytes);
  if (body.kind === 'incomplete') return problem(c, 'body_incomplete', 'The body ended before it was complete.');
  if (!isUtf8(body.bytes)) return problem(c, 'invalid_json', 'The body is not valid UTF-8.');
  const text = body.bytes.toString('utf8');
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

function problemOfContentType(c: Context<AppEnv>): string | null {
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    return 'Send the body without compression: Content-Encoding is not accepted.';
  const [type = '', ...parameters] = (c.req.header('content-type') ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const isJson = type === 'application/json' && parameters.every((parameter) => /^charset="?utf-8"?$/.test(parameter));
  return isJson ? null : 'Send the body with Content-Type: application/json, in UTF-8.';
}

function declaredLength(c: Context<AppEnv>): number | null {
  const length = c.req.header('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : null;
}

// An HTTP server passes on no more than a declared length; a chunked body is counted as it comes.
async function readBody(c: Context<AppEnv>, declared: number | null, maxBytes: number): Promise<Body> {
  try {
    const bytes =
      declared !== null && declared <= readAtOnceBytes
        ? Buffer.from(await c.req.raw.arrayBuffer())
        : await readCounted(c.req.raw.body, declared ?? maxBytes);
    return bytes === null || bytes.length > maxBytes ? { kind: 'too_large' } : { kind: 'read', bytes };
  } catch {
    return { kind: 'incomplete' };
  }
}

// Into memory that is there once: gathering the pieces and joining them would take twice as much.
async function readCounted(body: ReadableStream<Uint8Array> | null, mostBytes: number): Promise<Buffer | null> {
  const target = largeBuffer(mostBytes);
  let length = 0;
  for await (const chunk of body ?? []) {
    if (length + chunk.length > mostBytes) return null;
    target.set(chunk, length);
    length += chunk.length;
  }
  return target.subarray(0, length);
}

function tooLarge(c: Context<AppEnv>, maxBytes: number): Response {
  return problem(c, 'body_too_large', `A body has at most ${maxBytes} bytes.`, { headers: { Connection: 'close' } });
}
