import { Annotations, CfnOutput, type Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';

import { acknowledge } from './acknowledge.ts';
import { bindDeliver, type WayOut } from './processes.ts';
import type { State } from './state-stack.ts';
import type { EnvironmentName } from './worker.ts';

/** Connections to one host: a poller is one process, where functions are several of five each. */
const connectionsPerHost = '20';

/**
 * For the poller (functions/poll.ts), which runs elsewhere, on a machine whose address may send mail: a policy with its rights,
 * to be attached to the role of that machine, and the variables it starts with, as JSON.
 */
export function createPollerRights(stack: Stack, state: State, way: WayOut): ManagedPolicy {
  const policy = new ManagedPolicy(stack, 'PollerRights', { description: 'What the poller may do' });
  policy.addStatements(
    new PolicyStatement({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      resources: [state.jobs.queueArn],
    }),
  );
  const variables: Partial<Record<EnvironmentName | 'AWS_REGION', string>> = {
    AWS_REGION: stack.region,
    POSTERN_CONNECTIONS_PER_HOST: connectionsPerHost,
  };
  const worker = {
    setVariable: (name: EnvironmentName, value: string) => void (variables[name] = value),
    grant: (statement: PolicyStatement) => policy.addStatements(statement),
    accept: (reasons: Readonly<Record<string, string>>) => acknowledge(policy, reasons),
  };
  bindDeliver(worker, state, way);
  new CfnOutput(stack, 'PollerVariables', { value: stack.toJsonString(variables) });
  new CfnOutput(stack, 'PollerPolicyArn', { value: policy.managedPolicyArn });
  Annotations.of(stack).addWarningV2(
    'postern:poller',
    'No function delivers mail: it waits until a poller is running (docs/deploy.md says how).',
  );
  return policy;
}
