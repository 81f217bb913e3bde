import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

import { acknowledge } from './acknowledge.ts';
import { createEventTargets, type EventTargets } from './event-targets.ts';
import { buryLimits, deliverLimits } from './function-limits.ts';
import { notifyLimits } from './notify.ts';
import { createReceiving, intakeLimits } from './returned-mail.ts';
import type { Settings } from './settings.ts';

/** What has to outlive every deployment of the code. */
export type State = {
  readonly stack: Stack;
  readonly table: TableV2;
  /** Large and deferred content, one object an email below `content/`; what is no job, below `dead-letters/`; mail that came back, below `returned/`. */
  readonly contents: Bucket;
  readonly jobs: Queue;
  readonly deadLetters: Queue;
  /** Tasks for webhooks; what they are about is in the table. */
  readonly notifications: Queue;
  /** What SES has received; `null` where no mail comes back to this deployment. */
  readonly returned: Queue | null;
  /** What gets every event. */
  readonly eventTargets: EventTargets;
  /** 64 hexadecimal digits: 32 random bytes. */
  readonly masterKey: Secret;
  /** The first API key, of full scope. */
  readonly apiKey: Secret;
};

const queueRetention = Duration.days(14);
/**
 * Lambda counts a receive for what it then cannot run, so throttling alone must not make dead letters; ten visibility
 * timeouts are 15 hours.
 */
const receivesBeforeDeath = 10;

/** The stateful stack. In the stage `prod` its table, bucket, queues and secrets stay when the stack goes. */
export function createStateStack(scope: Construct, settings: Settings): State {
  const { stage, keepsState } = settings;
  const stack = new Stack(scope, `postern-${stage}-state`, {
    description: `Postern (${stage}): ledger, content, queues, secrets`,
    terminationProtection: keepsState,
  });
  const removalPolicy = keepsState ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  const deadLetters = createQueue(stack, 'DeadLetters', null, buryLimits.visibility, removalPolicy);
  const state = {
    stack,
    table: createTable(stack, removalPolicy, keepsState),
    contents: createBucket(stack, removalPolicy, settings.contentRetentionDays),
    jobs: createQueue(stack, 'Jobs', deadLetters, deliverLimits.visibility, removalPolicy),
    deadLetters,
    notifications: createWithLost(stack, 'Notifications', notifyLimits.visibility, removalPolicy),
    returned:
      settings.inboundDomain === null
        ? null
        : createWithLost(stack, 'Returned', intakeLimits.visibility, removalPolicy),
    eventTargets: createEventTargets(stack, settings, removalPolicy),
    masterKey: createMasterKey(stack, removalPolicy),
    apiKey: createApiKey(stack, removalPolicy),
  };
  const { returned, contents } = state;
  if (returned !== null && settings.inboundDomain !== null) {
    createReceiving(stack, contents, returned, settings.inboundDomain);
  }
  new CfnOutput(stack, 'ApiKeySecretArn', {
    value: state.apiKey.secretArn,
    description: 'The first API key: aws secretsmanager get-secret-value --secret-id <this>',
  });
  return state;
}

// Encrypted with DynamoDB's own key, which costs nothing. Keys and indexes are those of the adapter; a test compares them.
function createTable(stack: Stack, removalPolicy: RemovalPolicy, deletionProtection: boolean): TableV2 {
  return new TableV2(stack, 'Table', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    globalSecondaryIndexes: [
      {
        indexName: 'listing',
        partitionKey: { name: 'l', type: AttributeType.STRING },
        sortKey: { name: 'pk', type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      },
      {
        indexName: 'due',
        partitionKey: { name: 'x', type: AttributeType.STRING },
        sortKey: { name: 'd', type: AttributeType.NUMBER },
        projectionType: ProjectionType.KEYS_ONLY,
      },
    ],
    billing: Billing.onDemand(),
    timeToLiveAttribute: 'z',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection,
    removalPolicy,
  });
}

// Without versions: an object is written once, and what the retention ends has to be gone.
function createBucket(stack: Stack, removalPolicy: RemovalPolicy, retentionDays: number): Bucket {
  const bucket = new Bucket(stack, 'Contents', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    lifecycleRules: [
      { id: 'retention', expiration: Duration.days(retentionDays) },
      { id: 'unfinished', abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
    removalPolicy,
  });
  acknowledge(bucket, {
    'AwsSolutions-S1': 'Access logs would write an object for every read; only functions can read, and they log.',
  });
  return bucket;
}

function createWithLost(stack: Stack, id: string, visibility: Duration, removalPolicy: RemovalPolicy): Queue {
  const lost = createQueue(stack, `Lost${id}`, null, visibility, removalPolicy);
  return createQueue(stack, id, lost, visibility, removalPolicy);
}

// A job may hold the only copy of a mail, so a queue is kept like a table.
function createQueue(
  stack: Stack,
  id: string,
  deadLetters: Queue | null,
  visibilityTimeout: Duration,
  removalPolicy: RemovalPolicy,
): Queue {
  return new Queue(stack, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: queueRetention,
    visibilityTimeout,
    removalPolicy,
    ...(deadLetters && { deadLetterQueue: { queue: deadLetters, maxReceiveCount: receivesBeforeDeath } }),
  });
}

function createMasterKey(stack: Stack, removalPolicy: RemovalPolicy): Secret {
  const secret = new Secret(stack, 'MasterKey', {
    description: 'The key that secrets in the table are encrypted under: 64 hexadecimal digits',
    generateSecretString: {
      passwordLength: 64,
      excludePunctuation: true,
      excludeUppercase: true,
      requireEachIncludedType: false,
      excludeCharacters: 'ghijklmnopqrstuvwxyz',
    },
    removalPolicy,
  });
  acknowledge(secret, {
    'AwsSolutions-SMG4': 'What is in the table is encrypted under this key; another one would make it unreadable.',
  });
  return secret;
}

function createApiKey(stack: Stack, removalPolicy: RemovalPolicy): Secret {
  const secret = new Secret(stack, 'ApiKey', {
    description: 'The first API key, of full scope',
    generateSecretString: { passwordLength: 48, excludePunctuation: true },
    removalPolicy,
  });
  acknowledge(secret, {
    'AwsSolutions-SMG4': 'It is there to make the first keys with; those are replaced over the API whenever one likes.',
  });
  return secret;
}
