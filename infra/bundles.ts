import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';

import { bundleForLambda } from '../build/lambda-bundle.ts';

/** The processes that run on Lambda. */
export const functionNames = ['submit', 'deliver', 'sweep', 'bury', 'notify', 'intake'] as const;
export type FunctionName = (typeof functionNames)[number];

/** The folder that holds the bundle of each function. */
export type Bundles = Readonly<Record<FunctionName, string>>;

/**
 * Bundles `<name>.ts` of `entryFolder` for each function into a folder of its own below `outputFolder`. Throws an Error of one
 * sentence when an entry file is missing.
 */
export async function bundleFunctions(entryFolder: string, outputFolder: string): Promise<Bundles> {
  const bundles = await Promise.all(
    functionNames.map(async (name) => {
      const entry = path.join(entryFolder, `${name}.ts`);
      if (!existsSync(entry)) throw new Error(`There is no ${entry}, so the function ${name} cannot be bundled.`);
      const folder = path.join(outputFolder, name);
      // Chunks are named by what is in them: those of an earlier bundle would stay, and be deployed.
      rmSync(folder, { recursive: true, force: true });
      await bundleForLambda(entry, folder);
      return [name, folder] as const;
    }),
  );
  return Object.fromEntries(bundles) as Bundles;
}
