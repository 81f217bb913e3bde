import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createConsoleLog } from '../../functions/adapters/log-console.ts';
import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { classify } from '../../functions/bounce/classify.ts';
import { createReleases } from '../../functions/core/shaping/releases.ts';
import { sweep } from '../../functions/core/sweep.ts';
import { openAws } from '../../functions/wiring/aws.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { awsError } from '../adapters/faulty-proxy.ts';
import { type AwsDeployment, bundled, deployToAws } from '../support/aws-deployment.ts';
import { functionEnvironment } from '../support/function-environment.ts';
import { builtPoller, type PollerProcess, startPoller } from '../support/poller-process.ts';

const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** A smarthost that answers the final dot when `answering` lets it. */
let answering: Promise<unknown>;
let taken: string[];
let server: SMTPServer;
let region: AwsRegion;
let aws: AwsDeployment;
const running: PollerProcess[] = [];

beforeAll(async () => {
  region = await startAwsRegion();
  builtPoller();
  await bundled('submit');
}, 60_000);
afterAll(() => region.stop());
async function deploy(): Promise<void> {
  region.proxy.heal();
  answering = Promise.resolve();
  taken = [];
  server = new SMTPServer({
    name: 'relay.test',
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      stream.resume();
      stream.once('end', () => {
        taken.push(...session.envelope.rcptTo.map(({ address }) => address));
        void answering.finally(done);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  aws = await deployToAws(region, {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_RETRY_SCHEDULE: '100ms',
  });
  await aws.request('PATCH', '/v1/project', { body: { unverified_senders: 'allow' } });
}
async function tearDown(): Promise<void> {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

async function start(settings: Readonly<Record<string, string>> = {}): Promise<PollerProcess> {
  const poller = await startPoller({ ...keys, ...aws.environment, ...settings });
  running.push(poller);
  return poller;
}

const people = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `p${String(index).padStart(2, '0')}@d${index % 5}.example`);

async function send(addresses: readonly string[], more: object = {}): Promise<string[]> {
  const emails = addresses.map((to) => ({ from: 'shop@one.example', to, subject: 'Hello', text: 'Hello.', ...more }));
  const answer = await aws.request('POST', '/v1/emails/batch', { body: { emails } });
  expect(answer.statusCode).toBe(202);
  return (JSON.parse(answer.body) as { data: { id: string }[] }).data.map(({ id }) => id);
}

async function attemptsOf(id: string): Promise<string[]> {
  const answer = await aws.request('GET', `/v1/emails/${id}`);
  const { recipients } = JSON.parse(answer.body) as { recipients: { attempts: { outcome: string }[] }[] };
  return recipients.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome));
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error(`It did not come to that:\n${running.map((poller) => poller.output()).join('\n')}`);
}

// The polls of a process that was killed still take jobs for a while, as those on SQS do.
const untilReturned = (isSo: () => boolean): Promise<void> =>
  until(async () => {
    if (isSo()) return true;
    // Some may be removed just then.
    await region.returnInFlight(aws.names.queueUrl).catch(() => undefined);
    return false;
  });

const waiting = (): number => region.messagesOn(aws.names.queueUrl).length;

describe('the poller', () => {
  beforeEach(deploy);
  afterEach(tearDown);

  it('delivers what is on the queue, sets poison aside, and needs nothing but its folder (Q10)', async () => {
    expect(readdirSync(builtPoller()).filter((name) => !name.endsWith('.mjs'))).toEqual([]);
    const attachments = [{ filename: 'report.pdf', content: randomBytes(400_000).toString('base64') }];
    await region.putRaw(aws.names.queueUrl, 'not json');
    const ids = [...(await send(people(30))), ...(await send(['large@two.example'], { attachments }))];
    await start();
    await until(() => waiting() === 0);
    expect(taken.toSorted()).toEqual(['large@two.example', ...people(30)]);
    for (const id of ids) expect(await attemptsOf(id)).toEqual(['relayed']);
    expect(region.messagesOn(aws.names.deadLetterQueueUrl)).toEqual([
      { body: 'not json', why: 'The body of the job is not JSON.' },
    ]);
    expect(region.proxy.calls.filter(({ operation }) => operation === 'DeleteMessage')).toEqual([]);
  });

  it('waits out a queue that refuses everything, and goes on', async () => {
    const away = ['ReceiveMessage', 'DeleteMessageBatch'];
    let refusals = 0;
    region.proxy.fail(({ operation }) => {
      if (!away.includes(operation)) return null;
      refusals++;
      return awsError('AccessDeniedException');
    });
    const poller = await start();
    await until(() => refusals >= 8);
    expect(poller.child.exitCode).toBeNull();
    expect(poller.output()).toContain('"event":"queue_unavailable"');
    region.proxy.heal();
    const [id = ''] = await send(['bob@two.example']);
    await until(() => waiting() === 0);
    expect([taken, await attemptsOf(id)]).toEqual([['bob@two.example'], ['relayed']]);
  });

  it('lets what it has begun end when it is stopped, and leaves the rest to the next: nothing lost, nothing twice (Q24)', async () => {
    const released = Promise.withResolvers<void>();
    answering = released.promise;
    const ids = await send(people(12));
    const first = await start({ POSTERN_WORKER_CONCURRENCY: '4' });
    await until(() => taken.length === 4);
    first.child.kill('SIGTERM');
    await until(() => first.output().includes('"event":"stopping"'));
    released.resolve();
    expect(await first.ended).toBe(0);
    expect(taken).toHaveLength(4);
    expect([waiting(), region.visibleAgainAt(aws.names.queueUrl)]).toEqual([8, []]);
    await start({ POSTERN_WORKER_CONCURRENCY: '4' });
    await until(() => waiting() === 0);
    expect(taken.toSorted()).toEqual(people(12));
    for (const id of ids) expect(await attemptsOf(id)).toEqual(['relayed']);
  });

  it('gives back what its last poll brings after it was told to stop', async () => {
    const poller = await start({ POSTERN_WORKER_CONCURRENCY: '4' });
    await until(() => region.proxy.calls.some(({ operation }) => operation === 'ReceiveMessage'));
    poller.child.kill('SIGTERM');
    await until(() => poller.output().includes('"event":"stopping"'));
    await send(people(3));
    expect(await poller.ended).toBe(0);
    expect(poller.output()).toContain('"in_time":true');
    expect([taken, waiting(), region.visibleAgainAt(aws.names.queueUrl)]).toEqual([[], 3, []]);
  });

  it('that is killed after the content is out leaves doubt on record, and the job for another (Q01)', async () => {
    answering = new Promise(() => undefined);
    const [id = ''] = await send(['bob@two.example']);
    const first = await start();
    await until(() => taken.length === 1);
    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    answering = Promise.resolve();
    const second = await start();
    await untilReturned(() => second.output().includes('"why":"held"'));
    // While nobody knows how the first attempt ended, its delivery is nobody else's, and the job may hold the only copy.
    expect([taken.length, waiting()]).toEqual([1, 1]);
    await sweepAfter(1);
    expect(await attemptsOf(id)).toEqual(['in_doubt']);
    await untilReturned(() => waiting() === 0);
    await sweepAfter(2);
    await until(() => waiting() === 0);
    expect([taken.length, await attemptsOf(id)]).toEqual([2, ['in_doubt', 'relayed']]);
  });

  it('finds the credentials that a container is given', async () => {
    const asked: string[] = [];
    const credentials = { AccessKeyId: 'a', SecretAccessKey: 'b', Token: 'c', Expiration: '2100-01-01T00:00:00Z' };
    const provider = createServer((incoming, answer) => {
      asked.push(incoming.url ?? '');
      answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(credentials));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const { port } = provider.address() as AddressInfo;
    await send(['bob@two.example']);
    const poller = await startPoller({
      ...aws.environment,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/credentials`,
    });
    running.push(poller);
    await until(() => taken.length === 1);
    expect(asked).toContain('/credentials');
    provider.close();
  });
});

/** The sweep as it is in so many hours. */
async function sweepAfter(hours: number): Promise<void> {
  const clock = { ...systemClock, now: () => systemClock.now() + hours * 3_600_000 };
  const ambient = { clock, random: systemRandom, log: createConsoleLog({ write: () => undefined }, clock) };
  const parts = openAws(region.clients, aws.names, ambient);
  const sweeping = { metrics: { record: () => undefined }, releases: createReleases({ perSecond: 100, burst: 100 }) };
  await sweep({ ...ambient, ...parts, ...sweeping, classify, retryScheduleMs: [100] }, new AbortController().signal);
}

it('the container runs the file that the bundle holds, and not as root', () => {
  const lines = readFileSync(path.resolve(import.meta.dirname, '../../infra/poller.Dockerfile'), 'utf8').split('\n');
  expect(lines.filter((line) => /^(?:FROM|USER|CMD)/.test(line))).toEqual([
    'FROM node:24-slim',
    'USER node',
    'CMD ["node", "poll.mjs"]',
  ]);
  expect(readdirSync(builtPoller())).toContain('poll.mjs');
});

describe('a poller that is given', () => {
  it.each([
    [{ POSTERN_WORKER_CONCURENCY: '5' }, 'did you mean POSTERN_WORKER_CONCURRENCY?'],
    [
      { POSTERN_ROUTE: 'mx', POSTERN_TLS_CA_FILE: '/nowhere/ca.pem' },
      'POSTERN_TLS_CA_FILE is "/nowhere/ca.pem", which cannot be read',
    ],
  ])('%j does not start, and says why in one sentence', async (settings, why) => {
    const poller = await startPoller({ ...keys, ...functionEnvironment, ...settings });
    expect(await poller.ended).toBe(1);
    expect(poller.output()).toContain(why);
    expect(poller.output().trimEnd().split('\n')).toHaveLength(1);
  });
});
