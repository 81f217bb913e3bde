// The CDK's entry: cdk.json names it. It reads the settings from the context, bundles the functions and makes both stacks.
import path from 'node:path';
import process from 'node:process';

import { App } from 'aws-cdk-lib';

import { bundleFunctions } from './bundles.ts';
import { createDeployment } from './deployment.ts';
import { readSettings } from './settings.ts';

const root = path.resolve(import.meta.dirname, '..');

try {
  const app = new App({ autoSynth: false });
  const context = app.node.getAllContext() as Readonly<Record<string, unknown>>;
  // Without credentials the CLI names a region all the same, but no account.
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region = null } = process.env;
  const settings = readSettings(context, account === undefined ? null : region);
  const bundles = await bundleFunctions(path.join(root, 'functions'), path.join(root, 'cdk.out', 'bundles'));
  createDeployment(app, settings, bundles);
  app.synth();
} catch (error) {
  // The sentence, without the way to it.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
