import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import cdk from '../../cdk.json' with { type: 'json' };
import { bundleFunctions, functionNames } from '../../infra/bundles.ts';
import { createDeployment } from '../../infra/deployment.ts';
import { readSettings } from '../../infra/settings.ts';

type Stacks = { readonly state: Stack; readonly service: Stack };
export type Synthesis = { readonly state: Template; readonly service: Template; readonly stacks: Stacks };

const folder = mkdtempSync(path.join(tmpdir(), 'postern-infra-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const bundles = bundleLines();
const known = new Map<string, Promise<Synthesis>>();
let made = 0;

/**
 * The templates of a deployment with these settings, synthesized once in a test file; its functions are a line each. Rejects
 * when cdk-nag finds what nobody has accepted. Nobody may change what it answers with.
 */
export function synthesize(settings: Readonly<Record<string, unknown>>): Promise<Synthesis> {
  const name = JSON.stringify(settings);
  const found = known.get(name) ?? synthesizeAnew(settings, () => undefined);
  known.set(name, found);
  return found;
}

/** The same, with a change that is made to the stacks before. */
export async function synthesizeAnew(
  settings: Readonly<Record<string, unknown>>,
  change: (stacks: Stacks) => void,
): Promise<Synthesis> {
  const app = new App({ context: { ...cdk.context, ...settings }, outdir: path.join(folder, `cdk-${++made}.out`) });
  const stacks = createDeployment(app, readSettings(settings), await bundles);
  change(stacks);
  const [state, service] = [Template.fromStack(stacks.state), Template.fromStack(stacks.service)];
  return { state, service, stacks };
}

async function bundleLines() {
  const entries = path.join(folder, 'entries');
  mkdirSync(entries);
  for (const name of functionNames) {
    writeFileSync(path.join(entries, `${name}.ts`), `export const handler = async () => '${name}';\n`);
  }
  return await bundleFunctions(entries, path.join(folder, 'bundles'));
}
