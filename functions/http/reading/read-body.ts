import type { Context, MiddlewareHandler } from 'hono';

import { largeBuffer } from '../../core/large-buffer.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { AppEnv } from '../ports.ts';
import { problem } from '../problem.ts';

type Body =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'incomplete' };

/** The media types that a route takes, as a sentence for whoever sends another, and what becomes of the bytes. */
export type BodyReader = {
  readonly accept: string;
  /** Why the Content-Type is refused; `null` when it is one of ours. `type` is in lower case, without parameters. */
  readonly problemOfType: (type: string, parameters: readonly string[]) => string | null;
  /** Leaves the body in the context, or answers why it cannot be read. */
  readonly take: (c: Context<AppEnv>, bytes: Buffer, type: string) => Response | null;
};

/** A body declared to be no larger than this is read the short way, at the price of a second copy. */
const readAtOnceBytes = 256 * 1024;

/**
 * Reads the body and hands it to `reader`. At most `maxBytes` are read, whatever Content-Length says, and the memory is
 * accounted for in `budget` until the request has been answered.
 */
export function readBody(maxBytes: number, budget: ByteBudget, reader: BodyReader): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const [type = '', ...parameters] = (c.req.header('content-type') ?? '')
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    const refusal = problemOfEncoding(c) ?? reader.problemOfType(type, parameters);
    if (refusal !== null) {
      return problem(c, 'unsupported_media_type', refusal, { headers: { Accept: reader.accept } });
    }
    const declared = declaredLength(c);
    if (declared !== null && declared > maxBytes) return tooLarge(c, maxBytes);
    const release = await budget.take(declared ?? maxBytes);
    try {
      const refused = await takeBody(c, type, declared, maxBytes, reader);
      if (refused !== null) return refused;
      return await next();
    } finally {
      release();
    }
  };
}

// A function of its own, so that neither the bytes nor the text of a large body outlive it.
async function takeBody(
  c: Context<AppEnv>,
  type: string,
  declared: number | null,
  maxBytes: number,
  { take }: BodyReader,
): Promise<Response | null> {
  const body = await bytesOf(c, declared, maxBytes);
  switch (body.kind) {
    case 'too_large':
      return tooLarge(c, maxBytes);
    case 'incomplete':
      return problem(c, 'body_incomplete', 'The body ended before it was complete.');
    case 'read':
      return take(c, body.bytes, type);
  }
}

function problemOfEncoding(c: Context<AppEnv>): string | null {
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase() ?? '';
  return encoding === '' || encoding === 'identity'
    ? null
    : 'Send the body without compression: Content-Encoding is not accepted.';
}

function declaredLength(c: Context<AppEnv>): number | null {
  const length = c.req.header('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : null;
}

// An HTTP server passes on no more than a declared length; a chunked body is counted as it comes.
async function bytesOf(c: Context<AppEnv>, declared: number | null, maxBytes: number): Promise<Body> {
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
