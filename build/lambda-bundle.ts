import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';

import { build, type BuildOptions, type Plugin } from 'esbuild';

export type LambdaBundle = {
  /** The file that holds the handler. */
  readonly entry: string;
  /** What is read when the function starts: the entry and all that it imports. */
  readonly startBytes: number;
  /** With the chunks that are loaded when they are first needed. */
  readonly totalBytes: number;
};

const options = {
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  // What is left of CommonJS asks for Node's modules by `require`, which ES modules do not have.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'error',
} as const satisfies BuildOptions;

/**
 * Bundles an entry file for Lambda: ES modules for Node 24, minified, with a chunk of its own for whatever is imported
 * dynamically. zod has to be imported as a namespace (`import * as z`), or all of its locales come along.
 */
export async function bundleForLambda(entryPoint: string, outdir: string): Promise<LambdaBundle> {
  const { metafile } = await build({
    ...options,
    entryPoints: [entryPoint],
    outdir,
    plugins: [withoutUnused, withoutSchemaWriter, withoutDescriptions, withPackedMediaTypes],
  });
  const { outputs } = metafile;
  // Chunks that are loaded later count as entry points too; ours has the name of its source.
  const source = path.relative(process.cwd(), entryPoint).replaceAll(path.sep, '/');
  const [entry] = Object.entries(outputs).find(([, output]) => output.entryPoint === source) ?? [];
  if (entry === undefined) throw new Error(`Nothing was bundled of ${entryPoint}.`);
  const atStart = new Set([entry]);
  // A set that grows while it is walked is walked to its end.
  for (const name of atStart) {
    for (const imported of outputs[name]?.imports ?? []) {
      if (imported.kind === 'import-statement' && imported.path in outputs) atStart.add(imported.path);
    }
  }
  const bytesOf = (names: Iterable<string>): number =>
    Array.from(names).reduce((sum, name) => sum + (outputs[name]?.bytes ?? 0), 0);
  return { entry, startBytes: bytesOf(atStart), totalBytes: bytesOf(Object.keys(outputs)) };
}

// What libraries bring along and never call here. Should one of these files move, the bundle only grows again.
const unused: readonly { readonly file: RegExp; readonly contents: string }[] = [
  // The composer runs with `disableUrlAccess` and never fetches. Its import of Node's http alone makes Node load undici, a
  // quarter of the whole start.
  {
    file: /[\\/]nodemailer[\\/].*[\\/]fetch[\\/]index\.js$/,
    contents: "export default function () { throw new Error('URL access is disabled.'); }",
  },
  // Our own header fields are put before what the composer makes (mime/header-fields.ts): it is given no address.
  {
    file: /[\\/]nodemailer[\\/].*[\\/]addressparser[\\/]index\.js$/,
    contents: "export default function () { throw new Error('The composer parses no addresses.'); }",
  },
  // Endpoints of DynamoDB are not discovered (wiring/aws.ts).
  { file: /[\\/]@aws-sdk[\\/]endpoint-cache[\\/].*\.js$/, contents: 'export class EndpointCache {}' },
];

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup(setup) {
    for (const { file, contents } of unused) setup.onLoad({ filter: file }, () => ({ contents }));
  },
};

// zod hangs its writer of JSON Schemas on every schema, where no bundler can tell that nobody calls it: the document is a
// file that was written before.
const withoutSchemaWriter: Plugin = {
  name: 'without-schema-writer',
  setup(setup) {
    setup.onLoad(
      { filter: /[\\/]zod[\\/]v4[\\/]core[\\/](?:json-schema-processors|to-json-schema)\.js$/ },
      async (args) => {
        const source = await readFile(args.path, 'utf8');
        const names = Array.from(source.matchAll(/^export (?:const|function) (\w+)/gm), ([, name]) => name);
        const absent = "const absent = () => { throw new Error('The writer of JSON Schemas is not bundled.'); };";
        return { contents: [absent, ...names.map((name) => `export const ${name} = absent;`)].join('\n') };
      },
    );
  },
};

// What only the document needs: a call of an empty function is dropped, with what it was given.
const withoutDescriptions: Plugin = {
  name: 'without-descriptions',
  setup(setup) {
    setup.onLoad({ filter: /[\\/]functions[\\/]http[\\/]openapi[\\/]described\.ts$/ }, () => ({
      contents: 'export function described() {}',
    }));
  },
};

type MediaTypes = readonly (readonly [name: string, values: string | readonly string[]])[];

// The composer's two tables of media types are 76 KB of source, of which only the first value of each entry is ever answered.
// They are packed, and unpacked when they are first asked.
const withPackedMediaTypes: Plugin = {
  name: 'with-packed-media-types',
  setup(setup) {
    setup.onLoad({ filter: /[\\/]nodemailer[\\/].*[\\/]mime-types\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const contents = source.replaceAll(/= new Map\((\[\n[^]*?\n\])\);/g, (_, table: string) => `= ${packed(table)};`);
      if (contents === source) throw new Error(`${file} has no tables as they were known.`);
      return { contents: `import { brotliDecompressSync } from 'node:zlib';\n${contents}\n${unpacked}` };
    });
  },
};

function packed(table: string): string {
  const entries = JSON.parse(table.replaceAll("'", '"')) as MediaTypes;
  const pairs = entries.map(([name, values]) => [name, typeof values === 'string' ? values : values[0]]);
  return `unpacked('${brotliCompressSync(JSON.stringify(pairs)).toString('base64')}')`;
}

const unpacked = `
function unpacked(table) {
  let map = null;
  const open = () => (map ??= new Map(JSON.parse(brotliDecompressSync(Buffer.from(table, 'base64')).toString())));
  return { has: (name) => open().has(name), get: (name) => open().get(name) };
}`;
