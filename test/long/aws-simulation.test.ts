import { describe, expect, it } from 'vitest';

import { createSqsQueue } from '../../functions/adapters/queue-sqs.ts';
import { openAws } from '../../functions/wiring/aws.ts';
import { startAwsRegion } from '../adapters/aws-region.ts';
import { dishonestEnds } from '../sim/honest-ends.ts';
import { type OpenStore, simulate } from '../sim/simulation.ts';
import { quietLog } from '../support/quiet-log.ts';

const openOnAws: OpenStore = async (ambient) => {
  const region = await startAwsRegion();
  const names = await region.create();
  return {
    parts: {
      ...openAws(region.clients, names, { ...ambient, log: quietLog }),
      queue: createSqsQueue(region.clients.sqs, names, ambient.clock),
    },
    passVisibility: () => region.returnInFlight(names.queueUrl),
    close: () => region.stop(),
  };
};

describe('a simulated week of faults on DynamoDB, SQS and S3', () => {
  it.each([7, 8, 9, 10])('ends every recipient once, duplicates in doubt only (seed %i)', async (seed) => {
    const week = await simulate(seed, null, openOnAws);
    expect(week.ends.length).toBeGreaterThan(20);
    const recipients = week.ends.flatMap(({ deliveries }) => deliveries.flatMap((delivery) => delivery.recipients));
    expect(recipients.filter(({ status }) => status === 'delivered').length).toBeGreaterThan(10);
    expect(dishonestEnds(week)).toEqual([]);
  });
});
