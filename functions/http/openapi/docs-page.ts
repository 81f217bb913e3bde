import { htmlPage } from '../html-page.ts';

const title = 'Postern API';

/** The page that shows the API, in HTML; everything that it loads lies below `/docs/`. */
export function docsPage({
  styles,
  scripts,
}: {
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
}): string {
  return htmlPage(
    title,
    [
      ...styles.map((name) => `<link rel="stylesheet" href="/docs/${name}">`),
      ...scripts.map((name) => `<script src="/docs/${name}" defer></script>`),
    ],
    '<main id="reference"></main><noscript>This page needs JavaScript; the document itself is <a href="/openapi.json">openapi.json</a>.</noscript>',
  );
}

/** The page of a process that has no viewer: it leads to the document. */
export function docsPageWithoutViewer(): string {
  return htmlPage(
    title,
    [],
    '<main><h1>Postern</h1><p>The API is described in <a href="/openapi.json">openapi.json</a>.</p></main>',
  );
}
