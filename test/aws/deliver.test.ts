import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { type AwsDeployment, bundled, deployToAws } from '../support/aws-deployment.ts';
import { recordFaults } from '../support/log-record-schema.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';

const inFull = { getRemainingTimeInMillis: () => 900_000 };

let region: AwsRegion;
let sink: MailSink;
let aws: AwsDeployment;
let reply: string;
let replies: Readonly<Record<string, string>>;
beforeAll(async () => {
  region = await startAwsRegion();
  await Promise.all([bundled('submit'), bundled('deliver'), bundled('sweep')]);
}, 60_000);
afterAll(() => region.stop());
beforeEach(async () => {
  region.proxy.heal();
  reply = '250 2.0.0 kept';
  replies = {};
  sink = await startMailSink({ keep: true, onMessage: ({ to }) => replies[to[0] ?? ''] ?? reply });
  aws = await deployToAws(region, {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_RETRY_SCHEDULE: '100ms',
  });
  await aws.request('PATCH', '/v1/project', { body: { unverified_senders: 'allow' } });
});
afterEach(() => sink.close());

async function send(to: string, more: object = {}): Promise<string> {
  const body = { from: 'shop@one.example', to, subject: 'Hello', text: 'Hello.', ...more };
  const answer = await aws.request('POST', '/v1/emails', { body });
  expect(answer.statusCode).toBe(202);
  return (JSON.parse(answer.body) as { id: string }).id;
}

async function emailOf(id: string) {
  const answer = await aws.request('GET', `/v1/emails/${id}`);
  return JSON.parse(answer.body) as { status: string; recipients: { attempts: { outcome: string }[] }[] };
}

const attemptsOf = async (id: string): Promise<string[]> =>
  (await emailOf(id)).recipients.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome));
const recipientsSeen = (): string[] => sink.messages.flatMap(({ to }) => to).toSorted();
const waiting = (): number => region.messagesOn(aws.names.queueUrl).length;

// The functions write to the standard output of this process.
async function linesDuring(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const kept = process.stdout.write.bind(process.stdout);
  let output = '';
  process.stdout.write = (text: string | Uint8Array): boolean => ((output += String(text)), true);
  try {
    await work();
  } finally {
    process.stdout.write = kept;
  }
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the deliver function', () => {
  it('hands fifty emails to the smarthost over a handful of connections, and records each', async () => {
    const people = Array.from({ length: 50 }, (_, index) => `p${String(index).padStart(2, '0')}@d${index % 7}.example`);
    const emails = people.map((to) => ({ from: 'shop@one.example', to, subject: 'Hello', text: 'Hello.' }));
    expect((await aws.request('POST', '/v1/emails/batch', { body: { emails } })).statusCode).toBe(202);
    expect(waiting()).toBe(50);
    expect(await aws.poll()).toEqual({ received: 50, unfinished: 0 });
    expect(recipientsSeen()).toEqual(people);
    expect(sink.connections()).toBeLessThanOrEqual(5);
    const listed = await aws.request('GET', '/v1/emails?status=relayed&limit=100');
    expect((JSON.parse(listed.body) as { data: unknown[] }).data).toHaveLength(50);
    expect(waiting()).toBe(0);
    expect(region.messagesOn(aws.names.deadLetterQueueUrl)).toEqual([]);
  });

  it('logs what becomes of mail on standard output, like submit, if it is told to', async () => {
    aws = await deployToAws(region, {
      POSTERN_ROUTE: 'smarthost',
      POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${sink.port}?tls=none`,
      POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
      POSTERN_DELIVERY_LOG: 'stdout',
    });
    await aws.request('PATCH', '/v1/project', { body: { unverified_senders: 'allow' } });
    const lines = await linesDuring(async () => {
      await send('a@two.example');
      await aws.poll();
    });
    const records = lines.filter(({ type }) => type !== undefined);
    expect(records.flatMap(recordFaults)).toEqual([]);
    expect(records.map(({ type, recipient }) => [type, recipient])).toEqual([
      ['Reception', 'a@two.example'],
      ['Delivery', 'a@two.example'],
    ]);
    expect(records[0]?.['nodeid']).not.toBe(records[1]?.['nodeid']);
    expect(Object.keys(records[1]?.['latency_ms'] ?? {})).toContain('dot');
  });

  it('goes on with the connections of the invocation before', async () => {
    await send('a@two.example');
    await aws.poll();
    await send('b@two.example');
    await aws.poll();
    expect(recipientsSeen()).toEqual(['a@two.example', 'b@two.example']);
    expect(sink.connections()).toBe(1);
  });

  it('sends content from the object store that no job could carry', async () => {
    const content = randomBytes(400_000);
    const attachments = [{ filename: 'report.pdf', content: content.toString('base64') }];
    await send('bob@two.example', { attachments });
    expect(waiting()).toBe(1);
    expect(await aws.poll()).toEqual({ received: 1, unfinished: 0 });
    const text = sink.messages[0]?.bytes.toString('latin1') ?? '';
    expect(text).toContain('Content-Type: application/pdf; name=report.pdf');
    expect(text.replaceAll('\r\n', '')).toContain(content.toString('base64'));
  });

  it('sets poison aside with the reason, and delivers the rest of the batch (Q10)', async () => {
    await region.putRaw(aws.names.queueUrl, 'not json');
    await send('bob@two.example');
    await region.putRaw(aws.names.queueUrl, '{"version":2}');
    await send('eve@two.example');
    expect(await aws.poll()).toEqual({ received: 4, unfinished: 0 });
    expect(recipientsSeen()).toEqual(['bob@two.example', 'eve@two.example']);
    expect(region.messagesOn(aws.names.deadLetterQueueUrl).toSorted((a, b) => (a.body < b.body ? -1 : 1))).toEqual([
      { body: 'not json', why: 'The body of the job is not JSON.' },
      { body: '{"version":2}', why: 'The version of the job is 2, not 1.' },
    ]);
  });

  it('leaves every job on the queue that a service out of reach kept it from (Q03)', async () => {
    const ids = [await send('bob@two.example'), await send('eve@two.example')];
    await region.putRaw(aws.names.queueUrl, 'not json');
    region.proxy.fail(({ operation }) =>
      ['UpdateItem', 'SendMessage'].includes(operation)
        ? { kind: 'answer', status: 400, body: '{"__type":"AccessDeniedException"}' }
        : null,
    );
    expect(await aws.poll()).toEqual({ received: 3, unfinished: 3 });
    expect(sink.connections()).toBe(0);
    region.proxy.heal();
    expect(await aws.poll()).toEqual({ received: 3, unfinished: 0 });
    expect(recipientsSeen()).toEqual(['bob@two.example', 'eve@two.example']);
    for (const id of ids) expect(await attemptsOf(id)).toEqual(['relayed']);
    expect(waiting()).toBe(0);
  });

  it('begins nothing for which the invocation has no time, and names all of it (Q02)', async () => {
    await send('bob@two.example');
    await send('eve@two.example');
    expect(await aws.poll(15_000)).toEqual({ received: 2, unfinished: 2 });
    expect(sink.connections()).toBe(0);
    expect(await aws.poll()).toEqual({ received: 2, unfinished: 0 });
    expect(recipientsSeen()).toEqual(['bob@two.example', 'eve@two.example']);
  });

  it('sends once what comes to several workers at once, and lets nobody drop it before it is sent (Q05)', async () => {
    const id = await send('bob@two.example');
    const { event, settle } = await aws.receive();
    const answers = await Promise.all(Array.from({ length: 5 }, () => aws.deliver(event, inFull)));
    expect(recipientsSeen()).toEqual(['bob@two.example']);
    expect(await attemptsOf(id)).toEqual(['relayed']);
    expect(answers.filter(({ batchItemFailures }) => batchItemFailures.length === 0).length).toBeGreaterThan(0);
    await settle({ batchItemFailures: [] });
  });

  it('does not dial for what has ended (Q06)', async () => {
    await send('bob@two.example');
    const { event } = await aws.receive();
    expect(await aws.deliver(event, inFull)).toEqual({ batchItemFailures: [] });
    await sink.close();
    expect(await aws.deliver(event, inFull)).toEqual({ batchItemFailures: [] });
    expect(recipientsSeen()).toEqual(['bob@two.example']);
  });
});

describe('the log of the functions', () => {
  it('has a line for a batch, which is its metrics, and one for each email not delivered, without an address (X15)', async () => {
    replies = { 'canary-b@two.example': '550 5.1.1 no canary', 'canary-c@two.example': '451 4.3.0 later, canary' };
    for (const name of ['a', 'b', 'c', 'd'])
      await send(`canary-${name}@two.example`, { subject: 'canary', text: 'canary' });
    const lines = await linesDuring(() => aws.poll());
    expect(lines.map(({ event }) => String(event)).toSorted()).toEqual(['batch', 'not_delivered', 'not_delivered']);
    const batch = lines.find(({ event }) => event === 'batch');
    expect(batch).toMatchObject({
      stage: 'dev',
      jobs: 4,
      unfinished: 0,
      attempts: 4,
      relayed: 2,
      bounced: 1,
      deferred: 1,
    });
    const embedded = batch?.['_aws'] as { CloudWatchMetrics: { Metrics: { Name: string }[] }[] } | undefined;
    expect(embedded?.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name)).toEqual([
      'relayed',
      'deferred',
      'bounced',
      'tried',
      'decided',
      'attempts',
    ]);
    await sleep(150);
    const [swept, ...more] = await linesDuring(() => aws.sweep({}, inFull));
    expect(swept).toMatchObject({
      event: 'sweep',
      stage: 'dev',
      due: 1,
      released: 1,
      oldest_due_seconds: expect.any(Number) as number,
    });
    expect(JSON.stringify([lines, swept, more])).not.toMatch(/canary|two\.example/);
    expect(more).toEqual([]);
  });
});

describe('the sweep function', () => {
  it('puts what is due on the queue again, and it is delivered then', async () => {
    reply = '451 4.3.0 not now';
    const id = await send('bob@two.example');
    expect(await aws.poll()).toEqual({ received: 1, unfinished: 0 });
    expect(await emailOf(id)).toMatchObject({ status: 'deferred' });
    expect(waiting()).toBe(0);
    reply = '250 2.0.0 kept';
    await sleep(150);
    expect(await aws.sweep({}, inFull)).toEqual({ moved: 1 });
    expect(await aws.sweep({}, inFull)).toEqual({ moved: 0 });
    expect(await aws.poll()).toEqual({ received: 1, unfinished: 0 });
    expect(await attemptsOf(id)).toEqual(['deferred', 'relayed']);
  });

  it('puts there ahead of its time what comes due before it runs again, and SQS keeps it until then', async () => {
    const at = Date.now() + 2_000;
    const id = await send('bob@two.example', { scheduled_at: new Date(at).toISOString() });
    expect(await aws.sweep({}, inFull)).toEqual({ moved: 1 });
    expect(await emailOf(id)).toMatchObject({ status: 'queued' });
    expect(await aws.poll()).toEqual({ received: 0, unfinished: 0 });
    while ((await aws.poll()).received === 0) await sleep(50);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    expect(await attemptsOf(id)).toEqual(['relayed']);
  });

  it('rejects when a service is out of reach, so that its alarm rings', async () => {
    region.proxy.fail(() => ({ kind: 'answer', status: 400, body: '{"__type":"AccessDeniedException"}' }));
    await expect(aws.sweep({}, inFull)).rejects.toThrow('DynamoDB did not do what it was asked');
  });

  it('begins nothing when there is no time left', async () => {
    reply = '451 4.3.0 not now';
    await send('bob@two.example');
    await aws.poll();
    await sleep(150);
    expect(await aws.sweep({}, { getRemainingTimeInMillis: () => 0 })).toEqual({ moved: 0 });
    expect(waiting()).toBe(0);
  });
});
