import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createDynamodbAdmissionRows } from '../../functions/adapters/admission-rows-dynamodb.ts';
import { createConsoleLog } from '../../functions/adapters/log-console.ts';
import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { classify } from '../../functions/bounce/classify.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import type { Delivery } from '../../functions/core/email.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { createReleases } from '../../functions/core/shaping/releases.ts';
import { sweep } from '../../functions/core/sweep.ts';
import { openAws } from '../../functions/wiring/aws.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { awsError } from '../adapters/faulty-proxy.ts';
import { admissionOf, project } from '../contract/samples.ts';
import { type AwsDeployment, bundled, deployToAws } from '../support/aws-deployment.ts';

const text = 'Words that stand in the mail.';

let region: AwsRegion;
let aws: AwsDeployment;
beforeAll(async () => {
  region = await startAwsRegion();
  await Promise.all([bundled('submit'), bundled('deliver'), bundled('bury')]);
}, 60_000);
afterAll(() => region.stop());
beforeEach(async () => {
  region.proxy.heal();
  aws = await deployToAws(region);
});

/** An email whose job is on the dead-letter queue, as after ten receives. */
async function sendDead(to = 'bob@two.example'): Promise<EmailId> {
  const answer = await aws.request('POST', '/v1/emails', {
    body: { from: 'a@one.example', to, subject: 'Hello', text },
  });
  expect(answer.statusCode).toBe(202);
  const { event, settle } = await aws.receive();
  for (const { body } of event.Records) await region.putRaw(aws.names.deadLetterQueueUrl, body);
  await settle({ batchItemFailures: [] });
  return (JSON.parse(answer.body) as { id: EmailId }).id;
}

type View = { status: string; recipients: { status: string; bounce: unknown; attempts: { outcome: string }[] }[] };

async function read<Body = View>(target: string): Promise<Body> {
  return JSON.parse((await aws.request('GET', target)).body) as Body;
}

const letters = (): number => region.messagesOn(aws.names.deadLetterQueueUrl).length;

async function kept(): Promise<object[]> {
  const Bucket = aws.names.bucket;
  const { Contents = [] } = await region.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'dead-letters/' }));
  return await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await region.s3.send(new GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '') as object;
    }),
  );
}

const sweeping = { metrics: { record: () => undefined }, releases: createReleases({ perSecond: 100, burst: 100 }) };

function partsAt(hours: number) {
  const clock = { ...systemClock, now: () => systemClock.now() + hours * 3_600_000 };
  const ambient = { clock, random: systemRandom, log: createConsoleLog({ write: () => undefined }, clock) };
  return {
    ...ambient,
    ...openAws(region.clients, aws.names, ambient),
    classify,
    ...sweeping,
    retryScheduleMs: [60_000] as const,
  };
}

describe('the consumer of dead letters', () => {
  it('ends a delivery visibly whose job is dead, and keeps the content that only the job had (Q09)', async () => {
    const id = await sendDead();
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 0 });
    const bounce = {
      category: 'system',
      rule: 'dead-letter',
      smtp_code: null,
      enhanced_code: '5.3.0',
      diagnostic:
        'Postern could not work on this delivery: its job was received again and again without coming to an end.',
      remote_mta: null,
      source: 'local',
    };
    const email = await read(`/v1/emails/${id}`);
    expect(email).toMatchObject({ status: 'failed', recipients: [{ status: 'failed', bounce, attempts: [] }] });
    const { data } = await read<{ data: object[] }>(`/v1/emails/${id}/events`);
    expect(data).toMatchObject([{ type: 'email.queued' }, { type: 'email.failed' }]);
    const raw = await aws.request('GET', `/v1/emails/${id}/raw`);
    expect([raw.statusCode, Buffer.from(raw.body, 'base64').toString()]).toEqual([200, expect.stringContaining(text)]);
    expect([letters(), await kept()]).toEqual([0, []]);
  });

  it('drops the letter of a delivery that has ended', async () => {
    const id = await sendDead();
    const [letter] = region.messagesOn(aws.names.deadLetterQueueUrl);
    await aws.pollDeadLetters();
    const before = await read(`/v1/emails/${id}`);
    await region.putRaw(aws.names.deadLetterQueueUrl, letter?.body ?? '');
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 0 });
    expect([letters(), await kept(), await read(`/v1/emails/${id}`)]).toEqual([0, [], before]);
  });

  it('waits while the delivery is attempted, and ends it when our own process did not survive that', async () => {
    const id = await sendDead();
    const { ledger } = partsAt(0);
    await ledger.claim({ id: deliveryIdOf(id, 0), projectId: project }, Date.now(), Date.now() + 60_000);
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 1 });
    expect(await read(`/v1/emails/${id}`)).toMatchObject({ status: 'sending' });
    await sweep(partsAt(1), new AbortController().signal);
    expect(await read(`/v1/emails/${id}`)).toMatchObject({ status: 'deferred' });
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 0 });
    const email = await read(`/v1/emails/${id}`);
    expect([email.status, email.recipients[0]?.attempts.map(({ outcome }) => outcome)]).toEqual([
      'failed',
      ['in_doubt'],
    ]);
  });

  it('leaves a delivery alone that a server has deferred: the sweep sends its job', async () => {
    const id = await sendDead('deferred@two.example');
    const [letter] = region.messagesOn(aws.names.deadLetterQueueUrl);
    await region.putRaw(aws.names.queueUrl, letter?.body ?? '');
    expect(await aws.poll()).toEqual({ received: 1, unfinished: 0 });
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 0 });
    expect(await read(`/v1/emails/${id}`)).toMatchObject({ status: 'deferred' });
    expect([letters(), await kept()]).toEqual([0, []]);
    await sweep(partsAt(1), new AbortController().signal);
    expect(region.messagesOn(aws.names.queueUrl)).toHaveLength(1);
  });

  it('keeps what is no job where an operator can read it, with the reason (Q10)', async () => {
    await region.putRaw(aws.names.queueUrl, `${text} {`);
    await aws.poll();
    const unknown = admissionOf().deliveries[0];
    const names = { version: 1, deliveryId: unknown?.id, emailId: unknown?.emailId, projectId: project };
    await region.putRaw(aws.names.deadLetterQueueUrl, JSON.stringify(names));
    expect(await aws.pollDeadLetters()).toEqual({ received: 2, unfinished: 0 });
    expect(letters()).toBe(0);
    expect(new Set(await kept())).toEqual(
      new Set([
        { why: 'The body of the job is not JSON.', body: `${text} {` },
        { why: 'The ledger has no such delivery.', body: JSON.stringify(names) },
      ]),
    );
  });

  it('ends the delivery that a damaged body names, unless the sweep can make another job of it', async () => {
    const [lost, stored] = [await sendDead('lost@two.example'), await sendDead('stored@two.example')];
    await partsAt(0).contents.put(stored, Buffer.from('Subject: x\r\n\r\nx\r\n'));
    const { event, settle } = await aws.receiveDeadLetters();
    await settle({ batchItemFailures: [] });
    for (const { body } of event.Records) {
      const damaged = JSON.stringify({ ...(JSON.parse(body) as object), content: 'AAAA' });
      await region.putRaw(aws.names.deadLetterQueueUrl, damaged);
    }
    expect(await aws.pollDeadLetters()).toEqual({ received: 2, unfinished: 0 });
    expect(await read(`/v1/emails/${lost}`)).toMatchObject({
      status: 'failed',
      recipients: [{ bounce: { diagnostic: 'Postern cannot read the content of this delivery any more.' } }],
    });
    expect(await read(`/v1/emails/${stored}`)).toMatchObject({ status: 'queued' });
    expect(await kept()).toHaveLength(2);
  });

  it('lets no letter go that a service out of reach kept it from', async () => {
    const id = await sendDead();
    await region.putRaw(aws.names.deadLetterQueueUrl, 'not json');
    for (const away of [['GetItem', 'PUT'], ['UpdateItem', 'PUT'], ['PUT']]) {
      region.proxy.fail(({ operation }) => (away.includes(operation) ? awsError('AccessDeniedException') : null));
      expect(await aws.pollDeadLetters()).toEqual({ received: 2, unfinished: 2 });
      region.proxy.heal();
      expect(await read(`/v1/emails/${id}`)).toMatchObject({ status: 'queued' });
    }
    expect(await aws.pollDeadLetters()).toEqual({ received: 2, unfinished: 0 });
    expect([letters(), await kept()]).toEqual([0, [{ why: 'The body of the job is not JSON.', body: 'not json' }]]);
  });

  it('gives way to a worker who claims in between', async () => {
    const id = await sendDead();
    const { ledger } = partsAt(0);
    let claimed = false;
    region.proxy.fail(async ({ operation }) => {
      if (operation !== 'UpdateItem' || claimed) return null;
      claimed = true;
      await ledger.claim({ id: deliveryIdOf(id, 0), projectId: project }, Date.now(), Date.now() + 60_000);
      return null;
    });
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 1 });
    expect(await read(`/v1/emails/${id}`)).toMatchObject({ status: 'sending' });
  });

  it('waits while nobody knows whether the request was accepted', async () => {
    const admission = admissionOf(['one.example'], { email: { createdAt: Date.now() } });
    const rows = createDynamodbAdmissionRows({
      client: region.clients.dynamodb,
      name: aws.names.table,
      clock: systemClock,
    });
    const plan = { admissions: [admission], answers: [], gated: true };
    await rows.write(plan);
    const [delivery] = admission.deliveries;
    const body = JSON.stringify({
      version: 1,
      deliveryId: delivery?.id,
      emailId: admission.email.id,
      projectId: project,
    });
    await region.putRaw(aws.names.deadLetterQueueUrl, body);
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 1 });
    await rows.open(plan, Date.now());
    expect(await aws.pollDeadLetters()).toEqual({ received: 1, unfinished: 0 });
    expect(await partsAt(0).ledger.look(admission.deliveries[0] as Delivery)).toMatchObject({
      delivery: { state: 'ended' },
    });
  });
});
