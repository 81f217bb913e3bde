/**
 * The OpenAPI document, as JSON: the file that `npm run build:openapi` writes from the routes, and that a test compares with
 * them. It is loaded at the first call, for most processes are never asked.
 */
export async function publishedDocument(): Promise<string> {
  const { default: document } = await import('../../docs/openapi.json', { with: { type: 'json' } });
  return JSON.stringify(document);
}
