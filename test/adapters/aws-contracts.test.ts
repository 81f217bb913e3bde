import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect } from 'vitest';

import { createS3ContentStore } from '../../functions/adapters/content-s3.ts';
import type { DynamodbTable } from '../../functions/adapters/dynamodb-table.ts';
import { createDynamodbLedger } from '../../functions/adapters/ledger-dynamodb.ts';
import { createSqsQueue } from '../../functions/adapters/queue-sqs.ts';
import { createDynamodbRateLimiter } from '../../functions/adapters/rate-limiter-dynamodb.ts';
import { createDynamodbStsPolicies } from '../../functions/adapters/sts-policies-dynamodb.ts';
import { createDynamodbTlsReports } from '../../functions/adapters/tls-reports-dynamodb.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { type AwsNames, type AwsParts, openAws } from '../../functions/wiring/aws.ts';
import { describeAdmissions } from '../contract/admissions.contract.ts';
import { describeContentStore } from '../contract/content.contract.ts';
import { describeDomains } from '../contract/domains.contract.ts';
import { describeFullMailboxes } from '../contract/full-mailboxes.contract.ts';
import { describeKeys } from '../contract/keys.contract.ts';
import { describeLedgerListing } from '../contract/ledger-listing.contract.ts';
import { describeLedger } from '../contract/ledger.contract.ts';
import { describeProjects } from '../contract/projects.contract.ts';
import { describeQueue } from '../contract/queue.contract.ts';
import { describeRateLimiter } from '../contract/rate-limiter.contract.ts';
import { describeStsPolicies } from '../contract/sts-policies.contract.ts';
import { describeShapingState } from '../contract/shaping-state.contract.ts';
import { describeTlsReports } from '../contract/tls-reports.contract.ts';
import { describeSuppressions } from '../contract/suppressions.contract.ts';
import { describeWebhookDeliveries } from '../contract/webhook-deliveries.contract.ts';
import { describeWebhooks } from '../contract/webhooks.contract.ts';
import { now, project } from '../contract/samples.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { adjustableClock } from './temporary-store.ts';
import { quietLog } from '../support/quiet-log.ts';

const visibilityMs = 60_000;
const fixedClock = { ...adjustableClock(), now: () => now };
let region: AwsRegion;
let rates: Promise<AwsNames> | null = null;
let limiters = 0;
beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());

const dispose = async (): Promise<void> => undefined;

describeContentStore('S3', async () => {
  const { s3 } = region;
  const { bucket } = await region.create();
  return {
    contents: createS3ContentStore(s3, bucket),
    async lose(id) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `content/${id}` }));
    },
    admissions: null,
    dispose,
  };
});

describeQueue('SQS', async () => {
  const clock = adjustableClock();
  const names = await region.create();
  return {
    queue: createSqsQueue(region.clients.sqs, names, clock, visibilityMs),
    putRaw: (body) => region.putRaw(names.queueUrl, body),
    async passVisibility() {
      clock.advance(visibilityMs);
      await region.returnInFlight(names.queueUrl);
    },
    dispose,
  };
});

describeLedger('DynamoDB', async () => ({ ...(await open()), dispose }));

describeLedgerListing('DynamoDB', async () => ({ ...(await open()), dispose }));

// Bounds so low that most listings come to one of them.
describeLedgerListing('DynamoDB, looking at four emails a request', async () => {
  const names = await region.create();
  const { admissions } = openOn(names);
  const table = { client: region.clients.dynamodb, name: names.table, clock: fixedClock };
  return { ledger: createDynamodbLedger(table, systemRandom, { perRound: 2, perRequest: 4 }), admissions, dispose };
});

describeAdmissions('DynamoDB, SQS and S3', async () => {
  const names = await region.create();
  return { ...openOn(names), queue: createSqsQueue(region.clients.sqs, names, fixedClock), purges: false, dispose };
});

describeKeys('DynamoDB', async () => {
  const names = await region.create();
  return { keys: openOn(names).keys, reopened: () => openOn(names).keys, dispose };
});

describeDomains('DynamoDB', async () => ({ domains: (await open()).domains, dispose }));

describeProjects('DynamoDB', async () => {
  const names = await region.create();
  return { projects: openOn(names).projects, reopened: () => openOn(names).projects, dispose };
});

// One table for all; each limiter has its own names.
describeRateLimiter(
  'DynamoDB',
  async () => {
    const limiter = createDynamodbRateLimiter(await rateTable(), {
      alone: { take: () => Promise.reject(new Error('Nobody is alone here.')) },
      log: { warn: (event, fields) => expect.fail(`${event} ${JSON.stringify(fields)}`) },
    });
    const own = `limiter ${++limiters}`;
    return { take: (name, policy, cost, time) => limiter.take(`${own} ${name}`, policy, cost, time) };
  },
  15,
);
describeStsPolicies('DynamoDB', async () => {
  const names = await region.create();
  const opened = () =>
    createDynamodbStsPolicies({ client: region.clients.dynamodb, name: names.table, clock: fixedClock });
  return { stsPolicies: opened(), reopened: opened, dispose };
});

describeShapingState('DynamoDB', async () => {
  const names = await region.create();
  return { make: () => openOn(names).shapingState, purges: false, dispose };
});

describeTlsReports('DynamoDB', async () => {
  const names = await region.create();
  const table = { client: region.clients.dynamodb, name: names.table, clock: fixedClock };
  const opened = () => createDynamodbTlsReports(table, systemRandom);
  return { tlsReports: opened(), reopened: opened, dispose };
});

describeFullMailboxes('DynamoDB', async () => ({ fullMailboxes: (await open()).fullMailboxes, dispose }));

describeSuppressions('DynamoDB', async () => ({
  suppressions: (await open()).suppressions,
  purges: false,
  dispose,
}));

async function rateTable(): Promise<DynamodbTable> {
  const { table: name } = await (rates ??= region.create());
  return { client: region.clients.dynamodb, name, clock: fixedClock };
}

describeWebhooks('DynamoDB', async () => {
  const names = await region.create();
  return { webhooks: openOn(names).webhooks, reopened: () => openOn(names).webhooks, dispose };
});

describeWebhookDeliveries('DynamoDB', async () => {
  const { webhooks, webhookDeliveries: deliveries } = await open();
  return {
    webhooks,
    deliveries,
    async take(webhookId, streams, at) {
      const claims = streams.map((stream) =>
        deliveries.claim({ projectId: project, webhookId, stream }, at, at + 60_000),
      );
      return (await Promise.all(claims)).filter((claimed) => claimed !== null);
    },
    dispose,
  };
});

async function open(): Promise<AwsParts> {
  return openOn(await region.create());
}

function openOn(names: AwsNames): AwsParts {
  return openAws(region.clients, names, { clock: fixedClock, random: systemRandom, log: quietLog });
}
