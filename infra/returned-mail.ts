import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnReceiptRule, CfnReceiptRuleSet } from 'aws-cdk-lib/aws-ses';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

import { bindReturnedMail } from './bind-bucket.ts';
import { bindQueue, bindSecret, bindTable } from './bind.ts';
import { nameDeployment } from './name-deployment.ts';
import type { WayOut } from './processes.ts';
import type { State } from './state-stack.ts';
import type { Worker } from './worker.ts';

/** A report is a read of an object and a few of the table; it waits up to five seconds for a delivery that is under way. */
export const intakeLimits = {
  timeout: Duration.minutes(2),
  visibility: Duration.minutes(12),
  memoryMb: 512,
  batchSize: 10,
  /** The least that there is: reports need no hurry, and mail needs the account's concurrency. */
  maxConcurrency: 2,
} as const;

const prefix = 'returned/';
/** As long as a queue keeps what could not be taken in. */
const keptFor = Duration.days(14);

/** Has SES put what it receives for `domain` into the bucket, and S3 tell the queue of each object there. */
export function createReceiving(stack: Stack, bucket: Bucket, queue: Queue, domain: string): void {
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': stack.account } };
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: ofThisAccount,
    }),
  );
  // The CDK's own way takes a function of its own, with rights on every bucket.
  const made = bucket.node.defaultChild as CfnBucket;
  const filter = { s3Key: { rules: [{ name: 'prefix', value: prefix }] } };
  made.notificationConfiguration = {
    queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: queue.queueArn, filter }],
  };
  bucket.addLifecycleRule({ id: 'returned', prefix, expiration: keptFor });
  // S3 sends a first message to try the queue.
  made.node.addDependency(queue.node.findChild('Policy'));
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('ses.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${prefix}*`)],
      conditions: ofThisAccount,
    }),
  );
  const rules = new CfnReceiptRuleSet(stack, 'ReturnedMailRules');
  const rule = new CfnReceiptRule(stack, 'ReturnedMailRule', {
    ruleSetName: rules.ref,
    rule: {
      enabled: true,
      recipients: [domain],
      actions: [{ s3Action: { bucketName: bucket.bucketName, objectKeyPrefix: prefix } }],
    },
  });
  rule.node.addDependency(bucket.node.findChild('Policy'));
  new CfnOutput(stack, 'ReturnedMailRuleSet', {
    value: rules.ref,
    description: 'Mail is received once this set is active: aws ses set-active-receipt-rule-set --rule-set-name <this>',
  });
}

/** `intake` reads returned mail and writes what follows from it. It sends no mail and reads none that goes out. */
export function bindIntake(worker: Worker, state: State, way: WayOut): void {
  nameDeployment(worker, way);
  bindTable(worker, state.table, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'], []);
  bindReturnedMail(worker, state.contents);
  bindQueue(worker, 'POSTERN_QUEUE_URL', state.jobs, 'none');
  bindQueue(worker, 'POSTERN_DEAD_LETTER_QUEUE_URL', state.deadLetters, 'none');
  bindQueue(worker, 'POSTERN_NOTIFY_QUEUE_URL', state.notifications, 'send');
  bindSecret(worker, 'POSTERN_MASTER_KEY', state.masterKey);
}
