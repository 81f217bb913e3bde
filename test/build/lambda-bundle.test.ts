import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

import { bundleForLambda } from '../../build/lambda-bundle.ts';
import { functionEnvironment } from '../support/function-environment.ts';
import { detectExtension, detectMimeType } from './media-types.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';

const mostStartBytes = 650_000;

const temporary = temporaryDirectory();
// What intake does not start without.
const environment = { ...functionEnvironment, POSTERN_RETURN_PATH_DOMAIN: 'back.example' };
const plain = { detectExtension, detectMimeType };
const entryOf = (name: string): string => path.resolve(import.meta.dirname, `../../functions/${name}.ts`);

afterAll(() => temporary.dispose());

/** Names of the modules of Node's own that importing a file brings. */
function modulesLoadedBy(file: string): string {
  const program = `await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(process.moduleLoadList.join(' '));`;
  const args = ['--input-type=module', '--eval', program];
  return execFileSync(process.execPath, args, { env: environment, encoding: 'utf8' });
}

/** Whether any file of a bundle holds the server side of LMTP, which one process alone loads. */
function listens(folder: string): boolean {
  const files = readdirSync(folder, { encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
  return files.some((name) => readFileSync(path.join(folder, name), 'utf8').includes('LHLO'));
}

describe('the bundle of a submit function', () => {
  it('has at most 650 KB at its start, without locales, viewer, document writer, object store and undici', async () => {
    const bundle = await bundleForLambda(entryOf('submit'), temporary.directory);
    expect(bundle.startBytes).toBeLessThanOrEqual(mostStartBytes);
    const files = readdirSync(temporary.directory, { encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
    const text = readFileSync(path.join(temporary.directory, path.basename(bundle.entry)), 'utf8');
    expect(files.length).toBeGreaterThan(1);
    expect(text).toContain('/v1/emails');
    expect(modulesLoadedBy(bundle.entry)).not.toMatch(/\bundici\b/);
    expect(listens(temporary.directory)).toBe(false);
    expect(text).not.toMatch(/openapi:"3\.1\.0"|swagger-ui-bundle|PutObject|Ungültige Eingabe|Entrée invalide/);
  });
});

describe('the bundles of the other functions', () => {
  it.each(['deliver', 'sweep', 'bury', 'notify', 'intake'])(
    '%s has at most 650 KB at its start, without API, schemas and object store',
    async (name) => {
      const bundle = await bundleForLambda(entryOf(name), path.join(temporary.directory, name));
      expect(bundle.startBytes).toBeLessThanOrEqual(mostStartBytes);
      const text = readFileSync(bundle.entry, 'utf8');
      // The client of Node's own, which notify posts with, loads it by itself; nobody waits for that start.
      if (name !== 'notify') expect(modulesLoadedBy(bundle.entry)).not.toMatch(/\bundici\b/);
      expect(text).not.toMatch(/\/v1\/emails|ZodType|PutObject/);
      expect(listens(path.dirname(bundle.entry))).toBe(false);
    },
  );
});

describe('the single process', () => {
  it('loads its listener for returned mail from a file of its own, which nothing else needs', async () => {
    const folder = path.join(temporary.directory, 'local');
    const bundle = await bundleForLambda(entryOf('local'), folder);
    expect(readFileSync(bundle.entry, 'utf8')).not.toContain('LHLO');
    expect(listens(folder)).toBe(true);
  });
});

describe('the tables of media types', () => {
  it('answer in a bundle as they do outside', async () => {
    const entry = path.resolve(import.meta.dirname, 'media-types.ts');
    const bundle = await bundleForLambda(entry, path.join(temporary.directory, 'media-types'));
    const packed = (await import(pathToFileURL(path.resolve(bundle.entry)).href)) as typeof plain;
    const table = path.resolve(import.meta.dirname, '../../node_modules/nodemailer/dist/esm/mime-funcs/mime-types.js');
    const names = Array.from(readFileSync(table, 'utf8').matchAll(/'([^'\n]+)'/g), ([, name = '']) => name);
    expect(names.length).toBeGreaterThan(3_000);
    for (const name of [...names, 'x/y', 'unknown', '']) {
      expect(packed.detectMimeType(`file.${name}`)).toBe(plain.detectMimeType(`file.${name}`));
      expect(packed.detectExtension(name)).toBe(plain.detectExtension(name));
    }
  });
});
