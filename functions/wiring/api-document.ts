import type { ApiRoute } from '../http/api-route.ts';

/**
 * The OpenAPI document of these operations, as JSON. What writes it is loaded at the first call, for most processes are
 * never asked.
 */
export async function describeApi(operations: readonly ApiRoute[]): Promise<string> {
  const { openApiDocument } = await import('../http/openapi.ts');
  // Imported and not read, so that it is in a bundle too.
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  return JSON.stringify(openApiDocument(operations, manifest.version));
}
