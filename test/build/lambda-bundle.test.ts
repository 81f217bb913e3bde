import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

import { bundleForLambda } from '../../build/lambda-bundle.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';

const mostStartBytes = 650_000;

const temporary = temporaryDirectory();

afterAll(() => temporary.dispose());

/** Names of the modules of Node's own that importing a file brings. */
function modulesLoadedBy(file: string): string {
  const program = `await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(process.moduleLoadList.join(' '));`;
  const args = ['--input-type=module', '--eval', program];
  return execFileSync(process.execPath, args, { env: { AWS_REGION: 'eu-central-1' }, encoding: 'utf8' });
}

describe('the bundle of a submit function', () => {
  it('has at most 650 KB at its start, without locales, viewer, document writer, object store and undici', async () => {
    const entry = path.resolve(import.meta.dirname, '../../bench/cold-start/submit.ts');
    const bundle = await bundleForLambda(entry, temporary.directory);
    expect(bundle.startBytes).toBeLessThanOrEqual(mostStartBytes);
    const files = readdirSync(temporary.directory, { encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
    const text = readFileSync(path.join(temporary.directory, path.basename(bundle.entry)), 'utf8');
    expect(files.length).toBeGreaterThan(1);
    expect(text).toContain('/v1/emails');
    expect(modulesLoadedBy(bundle.entry)).not.toMatch(/\bundici\b/);
    expect(text).not.toMatch(/openapi:"3\.1\.0"|swagger-ui-bundle|PutObject|Ungültige Eingabe|Entrée invalide/);
  });
});
