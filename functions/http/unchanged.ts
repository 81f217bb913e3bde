import type { Context } from 'hono';

import type { AppEnv } from './ports.ts';

/** 304 when the client has what `headers.ETag` names (RFC 9110 §13.1.2, compared weakly), else `null`. */
export function unchanged(
  c: Context<AppEnv>,
  headers: Readonly<Record<string, string>> & { readonly ETag: string },
): Response | null {
  const known = (c.req.header('if-none-match') ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes(headers.ETag) ? c.body(null, 304, headers) : null;
}
