/** A page that asks nobody for anything beside what `head` names. `title` and the others are trusted as HTML. Pure. */
export function htmlPage(title: string, head: readonly string[], body: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${title}</title>`,
    // An empty icon keeps browsers from asking for /favicon.ico.
    '<link rel="icon" href="data:,">',
    ...head,
    '</head>',
    `<body>${body}</body>`,
    '</html>',
    '',
  ].join('\n');
}
