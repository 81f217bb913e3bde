import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import dynalite from 'dynalite';
import { startFauxqs } from 'fauxqs';
import type { AddressInfo } from 'node:net';

import { tableDefinition } from '../../functions/adapters/dynamodb-table.ts';
import { type AwsClients, type AwsNames, createAwsClients } from '../../functions/wiring/aws.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';

process.env['AWS_ACCESS_KEY_ID'] = 'test';
process.env['AWS_SECRET_ACCESS_KEY'] = 'test';

/**
 * DynamoDB, SQS and S3 of the test file's own, speaking the real protocols on one free loopback port, behind a proxy that
 * misbehaves as it is told. The clients are those of production.
 */
export type AwsRegion = {
  readonly clients: AwsClients;
  readonly s3: S3Client;
  readonly proxy: FaultyProxy;
  /** A client that does not pass by the proxy; the caller's to destroy. */
  bypass(): DynamoDBClient;
  /** An empty table of the present layout, an empty bucket, a queue and its dead-letter queue. */
  create(queue?: QueueSettings): Promise<AwsNames>;
  /** Puts a body on a queue as it stands, behind the adapter's back. */
  putRaw(queueUrl: string, body: string): Promise<void>;
  /** When the messages in flight become visible again, in milliseconds since 1970, in the order of their receipt. */
  visibleAgainAt(queueUrl: string): readonly number[];
  /** Everything in flight comes back, as if its visibility timeout had passed. */
  returnInFlight(queueUrl: string): Promise<void>;
  /** The bodies on a queue, with the reasons they were set aside for. */
  messagesOn(queueUrl: string): readonly { readonly body: string; readonly why: string | undefined }[];
  stop(): Promise<void>;
};

/** What a queue does with messages that are not deleted; without it, SQS's defaults and no end. */
export type QueueSettings = { readonly visibilitySeconds: number; readonly receivesBeforeDeath: number };

export async function startAwsRegion(): Promise<AwsRegion> {
  const fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  const dynamodb = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => dynamodb.listen(0, '127.0.0.1', resolve));
  const proxy = await startFaultyProxy({
    dynamodb: (dynamodb.address() as AddressInfo).port,
    others: fauxqs.port,
  });
  const clients = createAwsClients('us-east-1', { endpoint: proxy.endpoint });
  const s3 = await clients.s3();
  const dynamodbPort = (dynamodb.address() as AddressInfo).port;
  const inspect = (queueUrl: string) => {
    const found = fauxqs.inspectQueue(queueUrl.slice(queueUrl.lastIndexOf('/') + 1));
    if (found === undefined) throw new Error('There is no such queue.');
    return found.messages;
  };
  let created = 0;
  return {
    clients,
    s3,
    proxy,
    bypass: () => new DynamoDBClient({ region: 'us-east-1', endpoint: `http://127.0.0.1:${dynamodbPort}` }),
    async create(queue) {
      const number = ++created;
      const [table, bucket] = [`postern-${number}`, `bucket-${number}`];
      const { queueUrl: deadLetterQueueUrl, queueArn } = fauxqs.createQueue(`dead-${number}`);
      const attributes = queue && {
        VisibilityTimeout: String(queue.visibilitySeconds),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn, maxReceiveCount: queue.receivesBeforeDeath }),
      };
      const { queueUrl } = fauxqs.createQueue(`jobs-${number}`, attributes && { attributes });
      const { queueUrl: notifyQueueUrl } = fauxqs.createQueue(`notify-${number}`);
      await Promise.all([createTable(clients, table), s3.send(new CreateBucketCommand({ Bucket: bucket }))]);
      return { table, bucket, queueUrl, deadLetterQueueUrl, notifyQueueUrl, fairQueue: false };
    },
    async putRaw(QueueUrl, MessageBody) {
      await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    visibleAgainAt: (queueUrl) => inspect(queueUrl).inflight.map(({ visibilityDeadline }) => visibilityDeadline),
    async returnInFlight(QueueUrl) {
      for (const { receiptHandle: ReceiptHandle } of inspect(QueueUrl).inflight) {
        await clients.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      }
    },
    messagesOn(queueUrl) {
      const { ready, inflight } = inspect(queueUrl);
      return [...ready, ...inflight.map(({ message }) => message)].map((message) => ({
        body: message.body,
        why: message.messageAttributes['why']?.StringValue,
      }));
    },
    async stop() {
      clients.destroy();
      await proxy.stop();
      await fauxqs.stop();
      await new Promise<void>((resolve) => dynamodb.close(() => resolve()));
    },
  };
}

async function createTable({ dynamodb }: AwsClients, TableName: string): Promise<void> {
  await dynamodb.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...tableDefinition }));
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }, { TableName });
}
