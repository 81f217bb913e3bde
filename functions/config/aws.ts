import { ConfigError, type Environment, refuse, valueOf } from './environment.ts';
import { readBoolean } from './plain-values.ts';

/** Where a deployment on AWS finds what its stateful stack has made. */
export type AwsSettings = {
  readonly region: string;
  /** The name of the deployment, by which its metrics are told from those of others in the account. */
  readonly stage: string;
  readonly table: string;
  readonly bucket: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly fairQueue: boolean;
  /** Where tasks for webhooks go. */
  readonly notifyQueueUrl: string;
  /** The name or ARN of an event bus, and the ARN of a topic, that get every event. */
  readonly eventBus: string | null;
  readonly eventTopic: string | null;
  /** 32 bytes; nothing on a function's disk outlives it, so that it has to be given. */
  readonly masterKey: Uint8Array;
  /** Instead of the region's own endpoints, for all services: an emulator. */
  readonly endpoint: string | null;
};

export type Platform = 'embedded' | 'aws';

/** The variables that only AWS has. */
export const awsNames = [
  'POSTERN_STAGE',
  'POSTERN_TABLE',
  'POSTERN_BUCKET',
  'POSTERN_QUEUE_URL',
  'POSTERN_DEAD_LETTER_QUEUE_URL',
  'POSTERN_FAIR_QUEUE',
  'POSTERN_NOTIFY_QUEUE_URL',
  'POSTERN_EVENT_BUS',
  'POSTERN_EVENT_TOPIC',
  'POSTERN_AWS_ENDPOINT',
] as const;

/**
 * Reads what the stack sets on its functions; the platform itself sets `AWS_REGION`. `null` in one process, where each of
 * them is a contradiction.
 */
export function readAws(
  environment: Environment,
  platform: Platform,
  masterKey: Uint8Array | null,
): AwsSettings | null {
  if (platform === 'embedded') {
    const stray = awsNames.find((name) => valueOf(environment, name) !== null);
    if (stray === undefined) return null;
    throw new ConfigError(`${stray} is set, but this is one process on the embedded store: remove it.`);
  }
  if (masterKey === null) throw unset('POSTERN_MASTER_KEY');
  const queueUrl = readUrl(environment, 'POSTERN_QUEUE_URL');
  const deadLetterQueueUrl = readUrl(environment, 'POSTERN_DEAD_LETTER_QUEUE_URL');
  if (queueUrl === deadLetterQueueUrl) {
    throw new ConfigError('POSTERN_DEAD_LETTER_QUEUE_URL is POSTERN_QUEUE_URL: what is set aside needs its own queue.');
  }
  const place = readAwsPlace(environment);
  return {
    ...place,
    stage: readName(
      environment,
      'POSTERN_STAGE',
      /^[a-z][a-z0-9]{0,19}$/,
      'a word of up to 20 small letters and digits',
      'dev',
    ),
    table: readName(environment, 'POSTERN_TABLE', /^[\w.-]{3,255}$/, 'the name of a DynamoDB table'),
    bucket: readName(environment, 'POSTERN_BUCKET', /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/, 'the name of an S3 bucket'),
    queueUrl,
    deadLetterQueueUrl,
    fairQueue: readBoolean(environment, 'POSTERN_FAIR_QUEUE', false),
    notifyQueueUrl: readUrl(environment, 'POSTERN_NOTIFY_QUEUE_URL'),
    ...readEventTargets(environment, place.region),
    masterKey,
  };
}

// Both are called in the region of the deployment, whatever their ARNs say.
function readEventTargets(environment: Environment, region: string): Pick<AwsSettings, 'eventBus' | 'eventTopic'> {
  const inRegion = (name: string, form: RegExp, accepted: string): string | null => {
    const value = valueOf(environment, name);
    if (value === null) return null;
    const there = form.exec(value);
    return there !== null && (there[1] ?? region) === region ? value : refuse(name, value, `${accepted}, in ${region}`);
  };
  return {
    eventBus: inRegion(
      'POSTERN_EVENT_BUS',
      /^(?:arn:aws[\w-]*:events:([a-z0-9-]+):\d{12}:event-bus\/)?[\w./-]{1,256}$/,
      'the name or the ARN of an event bus',
    ),
    eventTopic: inRegion(
      'POSTERN_EVENT_TOPIC',
      /^arn:aws[\w-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?$/,
      'the ARN of an SNS topic',
    ),
  };
}

/** What is needed to ask AWS for the rest. */
export function readAwsPlace(environment: Environment): Pick<AwsSettings, 'region' | 'endpoint'> {
  return {
    region: required(environment, 'AWS_REGION'),
    endpoint: valueOf(environment, 'POSTERN_AWS_ENDPOINT') && readUrl(environment, 'POSTERN_AWS_ENDPOINT'),
  };
}

function required(environment: Environment, name: string): string {
  const value = valueOf(environment, name);
  if (value === null) throw unset(name);
  return value;
}

function unset(name: string): ConfigError {
  return new ConfigError(`${name} is not set, and on AWS it has no default.`);
}

function readName(
  environment: Environment,
  name: string,
  form: RegExp,
  accepted: string,
  otherwise: string | null = null,
): string {
  const value = valueOf(environment, name) ?? otherwise ?? required(environment, name);
  return form.test(value) ? value : refuse(name, value, accepted);
}

// By form alone: emulators give queues host names that are none.
function readUrl(environment: Environment, name: string): string {
  const value = required(environment, name);
  return /^https?:\/\/[^\s/@]+(?:\/[^\s@]*)?$/.test(value) ? value : refuse(name, null, 'an http or https URL');
}
