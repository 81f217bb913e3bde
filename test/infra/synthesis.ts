import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import cdk from '../../cdk.json' with { type: 'json' };
import { bundleFunctions } from '../../infra/bundles.ts';
import { createDeployment } from '../../infra/deployment.ts';
import { readSettings } from '../../infra/settings.ts';

type Stacks = { readonly state: Stack; readonly service: Stack };
export type Synthesis = { readonly state: Template; readonly service: Template; readonly stacks: Stacks };

/**
 * Synthesizes a deployment with these settings, its functions being a line each, and answers with its templates. Rejects when
 * cdk-nag finds what nobody has accepted.
 */
export async function synthesize(
  settings: Readonly<Record<string, unknown>>,
  change: (stacks: Stacks) => void = () => undefined,
): Promise<Synthesis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-infra-'));
  try {
    const entries = path.join(folder, 'entries');
    mkdirSync(entries);
    for (const name of ['submit', 'deliver', 'sweep']) {
      writeFileSync(path.join(entries, `${name}.ts`), `export const handler = async () => '${name}';\n`);
    }
    const bundles = await bundleFunctions(entries, path.join(folder, 'bundles'));
    const app = new App({ context: { ...cdk.context, ...settings }, outdir: path.join(folder, 'cdk.out') });
    const stacks = createDeployment(app, readSettings(settings), bundles);
    change(stacks);
    const [state, service] = [Template.fromStack(stacks.state), Template.fromStack(stacks.service)];
    return { state, service, stacks };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
