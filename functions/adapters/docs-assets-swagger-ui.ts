import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import type { DocsAsset, DocsAssets } from '../core/ports/docs-assets.ts';

const contentTypes = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const;

type Kind = keyof typeof contentTypes;
type Source = { readonly stem: string; readonly kind: Kind; readonly url: URL };

// Swagger UI as it is published, and after it what makes it ours.
const sources: readonly Source[] = [
  { stem: 'swagger-ui', kind: 'css', url: viewerFile('swagger-ui.css') },
  { stem: 'reference', kind: 'css', url: new URL('docs-assets/reference.css', import.meta.url) },
  { stem: 'swagger-ui-bundle', kind: 'js', url: viewerFile('swagger-ui-bundle.js') },
  { stem: 'reference', kind: 'js', url: new URL('docs-assets/reference.js', import.meta.url) },
];

const digestCharacters = 16;

/** The reference page on Swagger UI. Files are read and compressed when they are first asked for. */
export function createSwaggerUiAssets(): DocsAssets {
  let loaded: Promise<readonly (DocsAsset & { readonly kind: Kind })[]> | null = null;
  const load = () => (loaded ??= Promise.all(sources.map(read)));
  return {
    async page() {
      const assets = await load();
      const named = (kind: Kind) => assets.filter((asset) => asset.kind === kind).map(({ name }) => name);
      return { styles: named('css'), scripts: named('js') };
    },
    find: async (name) => (await load()).find((asset) => asset.name === name) ?? null,
  };
}

async function read({ stem, kind, url }: Source): Promise<DocsAsset & { readonly kind: Kind }> {
  const bytes = new Uint8Array(await readFile(url));
  const gzipped = new Uint8Array(await promisify(gzip)(bytes));
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, digestCharacters);
  return { name: `${stem}.${digest}.${kind}`, kind, contentType: contentTypes[kind], bytes, gzipped };
}

function viewerFile(name: string): URL {
  return new URL(import.meta.resolve(`swagger-ui-dist/${name}`));
}
