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
  const settings = readSettings(app.node.getAllContext() as Readonly<Record<string, unknown>>);
  const bundles = await bundleFunctions(path.join(root, 'functions'), path.join(root, 'cdk.out', 'bundles'));
  createDeployment(app, settings, bundles);
  app.synth();
} catch (error) {
  // The sentence, without the way to it.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
