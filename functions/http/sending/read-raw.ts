import { hash } from 'node:crypto';

import type { MiddlewareHandler } from 'hono';

import type { ByteBudget } from '../reading/byte-budget.ts';
import type { AppEnv } from '../ports.ts';
import { readBody } from '../reading/read-body.ts';
import { jsonReader } from '../reading/read-json.ts';

/**
 * Reads the body of a raw message: JSON, or message/rfc822 whose bytes are left in `message` and whose `body` (what an
 * idempotency key stands for) is the query together with a digest of them.
 */
export function readRaw(maxBytes: number, budget: ByteBudget): MiddlewareHandler<AppEnv> {
  return readBody(maxBytes, budget, {
    accept: 'message/rfc822, application/json',
    problemOfType: (type, parameters) =>
      type === 'message/rfc822' || jsonReader.problemOfType(type, parameters) === null
        ? null
        : 'Send the body with Content-Type: message/rfc822, or application/json in UTF-8.',
    take(c, bytes, type) {
      if (type !== 'message/rfc822') return jsonReader.take(c, bytes, type);
      c.set('message', bytes);
      c.set('body', { query: valuesByName(new URL(c.req.url).searchParams), sha256: hash('sha256', bytes, 'hex') });
      return null;
    },
  });
}

// The order of the names means nothing, that of the values of one name does.
function valuesByName(query: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}
