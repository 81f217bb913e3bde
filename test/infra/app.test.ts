import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { bundleFunctions } from '../../infra/bundles.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';

const root = path.resolve(import.meta.dirname, '../..');
const temporary = temporaryDirectory();

afterAll(() => temporary.dispose());

describe('the app', () => {
  it('stops at a setting that is missing, with one sentence and nothing else', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
      cwd: root,
      encoding: 'utf8',
      env: { CDK_CONTEXT_JSON: '{"route":"mx"}', CDK_OUTDIR: temporary.directory },
    });
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      'the route is mx, but egress is not given: it has to be nat-gateway, nat-instance or poller.\n',
    ]);
    expect(readdirSync(temporary.directory)).toEqual([]);
  });
});

describe('the bundles', () => {
  it('say which entry file is missing', async () => {
    const bundling = bundleFunctions(temporary.directory, path.join(temporary.directory, 'bundles'));
    await expect(bundling).rejects.toThrow(/^There is no .*submit\.ts, so the function submit cannot be bundled\.$/);
  });

  it('hold nothing of an earlier one', async () => {
    for (const name of ['submit', 'deliver', 'sweep', 'bury', 'notify', 'intake']) {
      writeFileSync(path.join(temporary.directory, `${name}.ts`), `export const handler = async () => '${name}';\n`);
    }
    const output = path.join(temporary.directory, 'bundles');
    mkdirSync(path.join(output, 'sweep'), { recursive: true });
    writeFileSync(path.join(output, 'sweep', 'chunk-OLD.mjs'), '');
    const bundles = await bundleFunctions(temporary.directory, output);
    expect(readdirSync(bundles.sweep)).toEqual(['sweep.mjs']);
  });
});
