import { afterAll, beforeAll, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createAwsClients, openAws } from '../../functions/wiring/aws.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { admissionOf, project } from '../contract/samples.ts';
import { quietLog } from '../support/quiet-log.ts';

let region: AwsRegion;
beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());

it('a service that says nothing is asked again, and not waited for', async () => {
  const { endpoint } = region.proxy;
  const clients = createAwsClients('us-east-1', {
    endpoint,
    answerTimeouts: { dynamodbMs: 500, sqsMs: 500, s3Ms: 600 },
  });
  const parts = openAws(clients, await region.create(), { clock: systemClock, random: systemRandom, log: quietLog });
  const silent = new Set<string>();
  region.proxy.fail(({ operation }) => {
    if (silent.size === silent.add(operation).size) return null;
    return new Promise<never>(() => undefined);
  });
  const mail = admissionOf(['one.example'], { content: Buffer.alloc(2 * 1024 * 1024) });
  await parts.admissions.admit([mail], [], systemClock.now());
  expect(await parts.ledger.find(project, mail.email.id)).not.toBeNull();
  expect([...silent].toSorted()).toEqual(['GetItem', 'PUT', 'PutItem', 'Query', 'SendMessageBatch']);
  clients.destroy();
});
