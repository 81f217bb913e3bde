import { readFileSync } from 'node:fs';

import type { ApiRoute } from '../http/api-route.ts';

/**
 * The OpenAPI document of these operations, as JSON. What writes it is loaded at the first call, for most processes are
 * never asked.
 */
export async function describeApi(operations: readonly ApiRoute[]): Promise<string> {
  const { openApiDocument } = await import('../http/openapi.ts');
  return JSON.stringify(openApiDocument(operations, version()));
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
