import { createHash } from 'node:crypto';

import type { ApiRouter } from '../api-router.ts';
import { answerOtherMethod } from '../other-methods.ts';
import type { AppPorts } from '../ports.ts';
import { unchanged } from '../unchanged.ts';

/** `GET /openapi.json`, for which no key is needed. Asked for every time, it is sent again only when it has changed. */
export function addDocumentRoutes(app: ApiRouter, { describeApi }: Pick<AppPorts, 'describeApi'>): void {
  let described: ReturnType<typeof describe> | null = null;
  const describe = async () => {
    const text = await describeApi(app.operations);
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    return { text, headers: { ETag: etag, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' } };
  };
  app.get('/openapi.json', async (c) => {
    const { text, headers } = await (described ??= describe());
    return unchanged(c, headers) ?? c.body(text, 200, { ...headers, 'Content-Type': 'application/json' });
  });
  app.all('/openapi.json', (c) => answerOtherMethod(c, ['GET', 'HEAD']));
}
