// How long a function takes to load, beside the least that one could load. `npm run bench:cold-start` runs it.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';

import { bundleForLambda } from '../build/lambda-bundle.ts';
import { functionEnvironment } from '../test/support/function-environment.ts';
import { row } from './measure.ts';

const rounds = 31;
const outdir = path.resolve(import.meta.dirname, '../dist/cold-start');
const entryOf = (name: string): string => path.resolve(import.meta.dirname, 'cold-start', `${name}.ts`);

rmSync(outdir, { recursive: true, force: true });
const submit = await bundleForLambda(
  path.resolve(import.meta.dirname, '../functions/submit.ts'),
  path.join(outdir, 'submit'),
);
const split = await bundleForLambda(entryOf('control'), path.join(outdir, 'control-split'));
const bare = path.join(outdir, 'control/control.mjs');
// As esbuild does it when nobody thinks about it: one file.
const { metafile } = await build({
  entryPoints: [entryOf('control')],
  outfile: bare,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'error',
});
const bareBytes = Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);

const bundles = [
  { name: 'control, one file', entry: bare, startBytes: bareBytes, totalBytes: bareBytes, times: [] as number[] },
  { name: 'control, our settings', ...split, times: [] as number[] },
  { name: 'submit', ...submit, times: [] as number[] },
];
for (let round = 0; round < rounds; round += 1) {
  // The order changes, so that none is always the one after the slowest.
  for (let turn = 0; turn < bundles.length; turn += 1) {
    const bundle = bundles[(round + turn) % bundles.length];
    bundle?.times.push(importTimeMs(bundle.entry));
  }
}

const control = median(bundles[0]?.times ?? []);
console.log(row('bundle', 'at start, KB', 'total, KB', 'median ms', 'least ms', 'ratio'));
for (const { name, startBytes, totalBytes, times } of bundles) {
  const cells = [startBytes / 1_000, totalBytes / 1_000, median(times), Math.min(...times)].map((value) =>
    value.toFixed(0),
  );
  console.log(row(name, ...cells, (median(times) / control).toFixed(2)));
}

function importTimeMs(entry: string): number {
  const program = `const start = performance.now(); await import(${JSON.stringify(pathToFileURL(path.resolve(entry)).href)}); process.stdout.write(String(performance.now() - start));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    env: functionEnvironment,
  });
  return Number(output.toString());
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
