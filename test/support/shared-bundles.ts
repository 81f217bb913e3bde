import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

import { bundleForLambda } from '../../build/lambda-bundle.ts';

const variable = 'SHARED_BUNDLES';

/** For the runner: makes a folder for one run, in which every function is bundled once for all test files, */
export function setup(): void {
  process.env[variable] = mkdtempSync(path.join(tmpdir(), 'postern-bundles-'));
}

/** and takes it away again. */
export function teardown(): void {
  rmSync(process.env[variable] ?? '', { recursive: true, force: true });
}

/**
 * Bundles a function as it is shipped, unless another test file has, or is about to; answers with the file that holds its
 * handler. Without a runner `folder` is where.
 */
export async function bundleOnce(name: string, folder: string): Promise<string> {
  const shared = process.env[variable] ?? folder;
  const finished = path.join(shared, name);
  const file = path.join(finished, `${name}.mjs`);
  const unfinished = `${finished}.unfinished`;
  if (await exists(file)) return file;
  if (!isFirst(unfinished)) {
    while (!(await exists(file))) {
      if (!(await exists(unfinished))) return await bundleOnce(name, folder);
      await sleep(20);
    }
    return file;
  }
  try {
    await bundleForLambda(path.resolve(import.meta.dirname, `../../functions/${name}.ts`), unfinished);
    renameSync(unfinished, finished);
    return file;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
