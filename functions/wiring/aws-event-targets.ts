import { createEventBridgeBus } from '../adapters/event-bus-eventbridge.ts';
import { createSnsTopic } from '../adapters/event-topic-sns.ts';
import { createDynamodbToldEvents } from '../adapters/told-events-dynamodb.ts';
import { createTurns } from '../core/in-turn.ts';
import type { EventTargets } from '../core/events/tell-targets.ts';
import type { AwsProcess } from './aws-process.ts';

/** The targets that are configured. */
export function wireEventTargets({
  config,
  clients,
  ambient,
}: Pick<AwsProcess, 'config' | 'clients' | 'ambient'>): EventTargets {
  const { region, endpoint, eventBus, eventTopic, table } = config.aws;
  const { credentials, sha256 } = clients.dynamodb.config;
  const settings = { region, endpoint, credentials, sha256, ...ambient };
  const bus = eventBus === null ? [] : [createEventBridgeBus(eventBus, settings)];
  const topic = eventTopic === null ? [] : [createSnsTopic(eventTopic, settings)];
  const told = createDynamodbToldEvents({ client: clients.dynamodb, name: table, clock: ambient.clock });
  return { all: [...bus, ...topic], told, inTurn: createTurns() };
}
