import type { Context } from 'hono';

import type { DocsAsset } from '../../core/ports/docs-assets.ts';
import type { ApiRouter } from '../api-router.ts';
import { docsPage, docsPageWithoutViewer } from '../openapi/docs-page.ts';
import { answerOtherMethod } from '../other-methods.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem } from '../problem.ts';
import { unchanged } from '../unchanged.ts';

// Scripts, styles and requests of this host alone; an image may stand inside a style sheet.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': contentSecurityPolicy,
  'Cache-Control': 'no-cache',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** `GET /docs`, the reference page, and its assets; neither needs a key. */
export function addDocsRoutes(app: ApiRouter, { docsAssets }: Pick<AppPorts, 'docsAssets'>): void {
  app.get('/docs', async (c) => {
    const page = docsAssets === null ? docsPageWithoutViewer() : docsPage(await docsAssets.page());
    return c.body(page, 200, pageHeaders);
  });
  app.get('/docs/:asset', async (c) => {
    const asset = (await docsAssets?.find(c.req.param('asset'))) ?? null;
    return asset === null ? problem(c, 'not_found', 'There is nothing at this address.') : sendAsset(c, asset);
  });
  for (const path of ['/docs', '/docs/:asset']) {
    app.all(path, (c) => answerOtherMethod(c, ['GET', 'HEAD']));
  }
}

// The name changes with the content, so whoever has the file need never ask again (RFC 8246).
function sendAsset(c: Context<AppEnv>, { name, contentType, bytes, gzipped }: DocsAsset): Response {
  const headers = {
    ETag: `"${name}"`,
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
    'X-Content-Type-Options': 'nosniff',
  };
  const gzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(c.req.header('accept-encoding') ?? '');
  return (
    unchanged(c, headers) ??
    c.body(gzip ? gzipped : bytes, 200, {
      ...headers,
      'Content-Type': contentType,
      ...(gzip ? { 'Content-Encoding': 'gzip' } : {}),
    })
  );
}
