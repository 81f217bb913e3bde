import { CfnOutput, type RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';

import type { Settings } from './settings.ts';

/** The ARNs of what gets every event; `null` where there is none. */
export type EventTargets = { readonly bus: string | null; readonly topic: string | null };

/** Makes the bus and the topic that are to be made, and takes those that are there. Whoever reads from them is somebody else's matter. */
export function createEventTargets(
  stack: Stack,
  { eventBus, eventTopic, stage }: Settings,
  removalPolicy: RemovalPolicy,
): EventTargets {
  const bus = eventBus === 'new' ? createBus(stack, stage, removalPolicy) : eventBus;
  const topic =
    eventTopic === 'new' || eventTopic === 'new-fifo'
      ? createTopic(stack, eventTopic === 'new-fifo', removalPolicy)
      : eventTopic;
  if (eventBus === 'new') new CfnOutput(stack, 'EventBusArn', { value: bus ?? '' });
  if (topic !== eventTopic) new CfnOutput(stack, 'EventTopicArn', { value: topic ?? '' });
  return { bus, topic };
}

function createBus(stack: Stack, stage: string, removalPolicy: RemovalPolicy): string {
  const bus = new EventBus(stack, 'Events', { eventBusName: `postern-${stage}` });
  bus.applyRemovalPolicy(removalPolicy);
  return bus.eventBusArn;
}

// Events name recipients, so they lie encrypted, under the key that SNS itself has in the account.
function createTopic(stack: Stack, fifo: boolean, removalPolicy: RemovalPolicy): string {
  const masterKey = Alias.fromAliasName(stack, 'SnsKey', 'alias/aws/sns');
  const topic = new Topic(stack, 'EventTopic', { enforceSSL: true, masterKey, ...(fifo && { fifo }) });
  topic.applyRemovalPolicy(removalPolicy);
  return topic.topicArn;
}
