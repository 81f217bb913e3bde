import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, startApi } from './api.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function assetsOfPage(): Promise<string[]> {
  const page = await (await api.request('GET', '/docs')).text();
  return Array.from(page.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g), ([, path = '']) => path);
}

describe('GET /docs', () => {
  it('needs no key and lets nothing in that is not of this host', async () => {
    const response = await api.request('GET', '/docs', undefined, { authorization: '' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const html = await response.text();
    expect(html).not.toMatch(/https?:|<script>|<style|\son\w+=|style=/);
  });

  it('names assets that may be kept for ever, whole or compressed', async () => {
    const paths = await assetsOfPage();
    expect(paths).toHaveLength(4);
    for (const path of paths) {
      const plain = await api.request('GET', path, undefined, { authorization: '' });
      const gzipped = await api.request('GET', path, undefined, { 'accept-encoding': 'br, gzip;q=0.8' });
      const bytes = Buffer.from(await plain.arrayBuffer());
      expect([plain.status, plain.headers.get('content-encoding')]).toEqual([200, null]);
      expect(gzipped.headers.get('content-encoding')).toBe('gzip');
      expect(gunzipSync(Buffer.from(await gzipped.arrayBuffer())).equals(bytes)).toBe(true);
      for (const { headers } of [plain, gzipped]) {
        expect(headers.get('content-type')).toMatch(path.endsWith('.css') ? /^text\/css;/ : /^text\/javascript;/);
        expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        expect(headers.get('vary')).toBe('Accept-Encoding');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
      const etag = plain.headers.get('etag') ?? '';
      expect((await api.request('GET', path, undefined, { 'if-none-match': etag })).status).toBe(304);
    }
  });

  it.each(['gzip;q=0', 'br', ''])('compresses nothing for "%s"', async (encoding) => {
    const [path = ''] = await assetsOfPage();
    const response = await api.request('GET', path, undefined, { 'accept-encoding': encoding });
    expect(response.headers.get('content-encoding')).toBeNull();
  });

  it.each(['/docs/nothing.js', '/docs/..%2f..%2fpackage.json', '/docs/swagger-ui.css', '/docs/a/b'])(
    'has nothing at %s',
    async (path) => {
      const response = await api.request('GET', path);
      expect([response.status, (await response.json()).code]).toEqual([404, 'not_found']);
    },
  );

  it.each(['/docs', '/docs/x.js'])('takes no other method at %s', async (path) => {
    const response = await api.request('POST', path, {});
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('leads to the document where the viewer is not deployed', async () => {
    const bare = await startApi({ docsAssets: null });
    const response = await bare.request('GET', '/docs');
    expect([response.status, response.headers.get('content-security-policy')?.slice(0, 18)]).toEqual([
      200,
      "default-src 'none'",
    ]);
    const html = await response.text();
    expect(html).toContain('<a href="/openapi.json">');
    expect(html).not.toContain('<script');
    expect((await bare.request('GET', '/docs/reference.js')).status).toBe(404);
    await bare.dispose();
  });
});
