import { type App, type Stack, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

import type { Bundles } from './bundles.ts';
import { createServiceStack } from './service-stack.ts';
import type { Settings } from './settings.ts';
import { createStateStack } from './state-stack.ts';

/** Both stacks, and cdk-nag over them: a finding that nobody has accepted stops the synthesis. */
export function createDeployment(
  app: App,
  settings: Settings,
  bundles: Bundles,
): { readonly state: Stack; readonly service: Stack } {
  const state = createStateStack(app, settings);
  const service = createServiceStack(app, state, settings, bundles);
  Tags.of(app).add('postern:stage', settings.stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { state: state.stack, service };
}
