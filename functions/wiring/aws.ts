import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';

import { createDynamodbAdmissionRows } from '../adapters/admission-rows-dynamodb.ts';
import { fitsInJob } from '../adapters/aws-job-body.ts';
import { atOnce, sendJobs, type SqsQueue } from '../adapters/aws-send-jobs.ts';
import { createDynamodbDomains } from '../adapters/domains-dynamodb.ts';
import { createDynamodbIdempotency } from '../adapters/idempotency-dynamodb.ts';
import { createDynamodbKeys, type DynamodbKeys } from '../adapters/keys-dynamodb.ts';
import { createDynamodbLedger } from '../adapters/ledger-dynamodb.ts';
import type { DynamodbTable } from '../adapters/dynamodb-table.ts';
import { remember } from '../adapters/dynamodb-remember.ts';
import { createSqsNotifyQueue } from '../adapters/notify-queue-sqs.ts';
import { createDynamodbOwedEvents } from '../adapters/owed-events-dynamodb.ts';
import { createDynamodbProjects } from '../adapters/projects-dynamodb.ts';
import { createDynamodbShapingState } from '../adapters/shaping-state-dynamodb.ts';
import { createDynamodbSuppressions } from '../adapters/suppressions-dynamodb.ts';
import { createDynamodbWebhooks } from '../adapters/webhooks-dynamodb.ts';
import type { ProjectId } from '../core/ids.ts';
import { admitInSteps } from '../core/admit-in-steps.ts';
import { limits } from '../core/limits.ts';
import type { Admissions } from '../core/ports/admissions.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ContentStore } from '../core/ports/content.ts';
import type { Domains } from '../core/ports/domains.ts';
import type { FullMailboxes } from '../core/ports/full-mailboxes.ts';
import type { Idempotency } from '../core/ports/idempotency.ts';
import type { Ledger } from '../core/ports/ledger.ts';
import type { Log } from '../core/ports/log.ts';
import type { NotifyQueue } from '../core/ports/notify-queue.ts';
import type { OwedEvents } from '../core/ports/owed-events.ts';
import type { Projects } from '../core/ports/projects.ts';
import type { Queue } from '../core/ports/queue.ts';
import type { Random } from '../core/ports/random.ts';
import type { ShapingState } from '../core/ports/shaping-state.ts';
import type { Suppressions } from '../core/ports/suppressions.ts';
import type { WebhookStreams } from '../core/ports/webhook-streams.ts';
import type { Webhooks } from '../core/ports/webhooks.ts';
import type { SweepPorts } from '../core/sweep.ts';
import { tellingStores } from '../core/events/telling.ts';
import { lazily } from '../http/lazily.ts';

/** The services that the ports stand on; each client retries what the service asks to be retried, a bounded number of times. */
export type AwsClients = {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  /** Loaded at the first call: most functions never meet content that no job can carry. */
  readonly s3: () => Promise<S3Client>;
  /** Closes all connections. */
  destroy(): void;
};

/** What the stateful stack has made. */
export type AwsNames = SqsQueue & {
  readonly table: string;
  readonly bucket: string;
  readonly notifyQueueUrl: string;
  /** Targets that get every event of every project. */
  readonly eventBus?: string | null;
  readonly eventTopic?: string | null;
};

/** Every port that the table, the bucket and the queues stand behind. */
export type AwsParts = {
  readonly admissions: Admissions;
  /** SQS keeps jobs until their time. */
  readonly ahead: NonNullable<SweepPorts['ahead']>;
  readonly contents: ContentStore;
  /** A job may carry the only copy of the content. */
  readonly contentTravels: true;
  readonly domains: Domains;
  readonly fullMailboxes: FullMailboxes;
  readonly idempotency: Idempotency;
  readonly keys: DynamodbKeys;
  readonly ledger: Ledger;
  readonly notifications: NotifyQueue;
  readonly owed: OwedEvents;
  readonly projects: Projects;
  /** A poller makes the whole of it (aws-poll.ts). */
  readonly queue: Pick<Queue, 'send'>;
  readonly shapingState: ShapingState;
  readonly suppressions: Suppressions;
  readonly webhookDeliveries: WebhookStreams;
  readonly webhooks: Webhooks;
};

/** Calls are made so often at most; the SDK's pauses between them double and are spread. */
const attempts = 4;
/**
 * How long an answer may take. The SDK has no limit of its own, and a service that says nothing would hold a request for
 * good. SQS answers a long poll after 20 seconds; a message of 28 MB takes its time to S3.
 */
const answerTimeouts = { dynamodbMs: 3_000, sqsMs: 25_000, s3Ms: 30_000 } as const;
const connectTimeoutMs = 2_000;

/** What stands in for the region, in tests. */
export type AwsStandIn = {
  /** Instead of the region's own, for all three services; the queues are asked for there too, whatever their URLs say. */
  readonly endpoint: string;
  readonly answerTimeouts?: Readonly<Record<keyof typeof answerTimeouts, number>>;
};

/** Clients for one region, for the life of the process. Credentials are the SDK's to find. */
export function createAwsClients(region: string, standIn: AwsStandIn | null = null): AwsClients {
  const shared = {
    region,
    maxAttempts: attempts,
    retryMode: 'standard',
    ...(standIn && { endpoint: standIn.endpoint }),
  };
  const { dynamodbMs, sqsMs, s3Ms } = standIn?.answerTimeouts ?? answerTimeouts;
  const dynamodb = new DynamoDBClient({
    ...shared,
    ...answeredWithin(dynamodbMs),
    endpointDiscoveryEnabled: false,
  });
  const sqs = new SQSClient({ ...shared, ...answeredWithin(sqsMs), useQueueUrlAsEndpoint: standIn === null });
  const s3Settings = { ...shared, ...answeredWithin(s3Ms), forcePathStyle: standIn !== null };
  let s3: Promise<S3Client> | null = null;
  return {
    dynamodb,
    sqs,
    s3: () => (s3 ??= import('./aws-contents.ts').then(({ createS3Client }) => createS3Client(s3Settings))),
    destroy() {
      dynamodb.destroy();
      sqs.destroy();
      void s3?.then((client) => client.destroy());
    },
  };
}

function answeredWithin(requestTimeout: number) {
  return { requestHandler: { connectionTimeout: connectTimeoutMs, requestTimeout, throwOnRequestTimeout: true } };
}

/** The ports of a deployment on AWS. */
export function openAws(
  { dynamodb, sqs, s3 }: AwsClients,
  names: AwsNames,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): AwsParts {
  const table = { client: dynamodb, name: names.table, clock };
  const queue: AwsParts['queue'] = { send: (jobs) => sendJobs(sqs, names, atOnce(jobs), clock) };
  const ahead: AwsParts['ahead'] = { ms: limits.sweepAheadMs, send: (jobs) => sendJobs(sqs, names, jobs, clock) };
  const contents = contentsOnDemand(s3, names.bucket);
  const webhooks = createDynamodbWebhooks(table);
  // Asked before every write, so it is behind by half a minute.
  const endpoints = remember(clock, (projectId: ProjectId) => webhooks.list(projectId));
  const owed = createDynamodbOwedEvents(table, random);
  const notifications = createSqsNotifyQueue(sqs, names.notifyQueueUrl);
  const hasTargets = (names.eventBus ?? names.eventTopic ?? null) !== null;
  const hasEndpoints = async (projectId: ProjectId): Promise<boolean> =>
    hasTargets || (await endpoints.read(projectId)).some(({ disabled }) => disabled === null);
  const telling = tellingStores(
    {
      admissions: admitInSteps({ rows: createDynamodbAdmissionRows(table), queue, contents, fitsInJob }),
      domains: createDynamodbDomains(table),
      ledger: createDynamodbLedger(table, random),
      suppressions: createDynamodbSuppressions(table),
    },
    { hasEndpoints, owed, notifications, log },
  );
  return {
    ...telling,
    ahead,
    contents,
    contentTravels: true,
    fullMailboxes: fullMailboxesOnDemand(table),
    idempotency: createDynamodbIdempotency(table, random),
    keys: createDynamodbKeys(table, random),
    notifications,
    owed,
    projects: createDynamodbProjects(table),
    queue,
    shapingState: createDynamodbShapingState(table, random),
    webhookDeliveries: webhookDeliveriesOnDemand(table, webhooks),
    webhooks,
  };
}

function fullMailboxesOnDemand(table: DynamodbTable): FullMailboxes {
  const opened = lazily(async () => {
    const { createDynamodbFullMailboxes } = await import('../adapters/full-mailboxes-dynamodb.ts');
    return createDynamodbFullMailboxes(table);
  });
  return {
    note: async (...noted) => (await opened()).note(...noted),
    forget: async (...address) => (await opened()).forget(...address),
  };
}

function webhookDeliveriesOnDemand(table: DynamodbTable, webhooks: Webhooks): WebhookStreams {
  const opened = lazily(async () => {
    const { createDynamodbWebhookDeliveries } = await import('../adapters/webhook-deliveries-dynamodb.ts');
    return createDynamodbWebhookDeliveries(table, webhooks);
  });
  return {
    append: async (event) => (await opened()).append(event),
    find: async (...name) => (await opened()).find(...name),
    list: async (...walk) => (await opened()).list(...walk),
    commit: async (...next) => (await opened()).commit(...next),
    claim: async (...stream) => (await opened()).claim(...stream),
    overdue: async (...span) => (await opened()).overdue(...span),
  };
}

function contentsOnDemand(s3: AwsClients['s3'], bucket: string): ContentStore {
  let opened: Promise<ContentStore> | null = null;
  const store = (): Promise<ContentStore> =>
    (opened ??= Promise.all([import('./aws-contents.ts'), s3()]).then(([{ createS3ContentStore }, client]) =>
      createS3ContentStore(client, bucket),
    ));
  return {
    put: async (id, content) => (await store()).put(id, content),
    open: async (id) => (await store()).open(id),
    purge: async (endedBefore) => (await store()).purge(endedBefore),
  };
}
