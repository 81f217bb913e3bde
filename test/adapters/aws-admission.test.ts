import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createSqsQueue } from '../../functions/adapters/queue-sqs.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { deliver, type DeliverPorts } from '../../functions/core/deliver.ts';
import type { Delivery } from '../../functions/core/email.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import { limits } from '../../functions/core/limits.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import type { Admission, AnswerToKeep, IdempotentRequest } from '../../functions/core/ports/admissions.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import type { Job } from '../../functions/core/ports/queue.ts';
import { createReleases } from '../../functions/core/shaping/releases.ts';
import { sweep } from '../../functions/core/sweep.ts';
import { type AwsNames, type AwsParts, openAws } from '../../functions/wiring/aws.ts';
import { admissionOf, now, project } from '../contract/samples.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { type AwsCall, awsError, type Fault } from './faulty-proxy.ts';
import { quietLog } from '../support/quiet-log.ts';

const request: IdempotentRequest = { projectId: project, route: 'POST /v1/emails', key: 'k-1', fingerprint: 'f-1' };
const answer = [{ request, status: 202, body: '{"id":"em_1"}', warning: null }];
const none: typeof answer = [];
const signal = new AbortController().signal;
const refuseAll = (operation: string, fault: Fault) => (call: { operation: string }) =>
  call.operation === operation ? fault : null;

let region: AwsRegion;
let names: AwsNames;
let parts: AwsParts;
let time: number;
/** Addresses that were sent to. */
let sent: string[];

// A pause of the adapters takes no time here, but whatever else is going on gets its turn.
const clock: Clock = { now: () => time, sleep: () => systemClock.sleep(1) };

beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());

beforeEach(async () => {
  region.proxy.heal();
  names = await region.create();
  time = now;
  sent = [];
  parts = openAws(region.clients, names, { clock, random: systemRandom, log: quietLog });
});

/** An admission whose row has the times that `accept` gives it. */
function admission(domains: readonly string[] = ['one.example'], content?: Uint8Array): Admission {
  return admissionOf(domains, {
    email: { createdAt: time },
    delivery: { dueAt: time + limits.queuedGraceMs },
    ...(content && { content }),
  });
}

/** What a job is for. */
function named(job: Job | undefined): Pick<Delivery, 'id' | 'projectId'> {
  if (job === undefined) throw new Error('There is no job.');
  return { id: job.deliveryId, projectId: job.projectId };
}

function ports(): DeliverPorts & Parameters<typeof sweep>[0] {
  const transport: DeliverPorts['transport'] = {
    async attempt({ recipients }) {
      sent.push(...recipients.map(addressOf));
      const evidence = { ...failureEvidence('dot', 'x', 'X.'), error: null };
      return recipients.map(() => ({ kind: 'delivered', evidence }));
    },
  };
  const silent = (): void => undefined;
  return {
    ...parts,
    transport,
    simulator: transport,
    clock,
    random: systemRandom,
    log: { info: silent, warn: silent, error: silent },
    metrics: { record: silent },
    releases: createReleases({ perSecond: 20, burst: 1_200 }),
    returnPaths: null,
    prepareOutbound: async (_, facts) => ({ facts, encode: () => Promise.reject(new Error('Nobody reads it here.')) }),
    classify: () => ({ category: 'system', rule: 'test', suppress: false, retryAfterMs: null }),
    retryScheduleMs: [60_000],
    attemptMs: 14 * 60_000,
  };
}

/** Works on every job there is, as a worker would. */
async function workAll(): Promise<void> {
  for (;;) {
    const received = await queue().receive(10, 0);
    if (received.length === 0) return;
    for (const one of received) {
      if (one.kind === 'malformed') throw new Error(one.why);
      if ((await deliver(one.job, ports(), signal)) === 'done') await queue().remove([one.receipt]);
    }
  }
}

/** Everything that could still send anything gets its chance. */
async function letTimePass(): Promise<void> {
  for (let quarter = 0; quarter < 4; quarter++) {
    await region.returnInFlight(names.queueUrl);
    await workAll();
    await sweep(ports(), signal);
    time += limits.queuedGraceMs;
  }
}

async function statuses({ email }: Admission): Promise<readonly string[] | null> {
  const found = await parts.ledger.find(project, email.id);
  return found && found.deliveries.flatMap(({ recipients }) => recipients.map(({ status }) => status));
}

const queue = () => createSqsQueue(region.clients.sqs, names, clock);

describe('an admission in steps', () => {
  it('is delivered once, whatever its size and shape', async () => {
    const all = [
      admission(),
      admission(['one.example', 'two.example']),
      admission(['large.example'], randomBytes(400_000)),
      admission(
        Array.from({ length: 12 }, (_, index) => `d${index}.example`),
        randomBytes(150_000),
      ),
    ];
    for (const one of all) await parts.admissions.admit([one], none, time);
    await parts.admissions.admit([admission(['batch.example']), admission(['batch.example'])], answer, time);
    await letTimePass();
    expect(sent).toHaveLength(1 + 2 + 1 + 12 + 2);
    for (const one of all) expect(new Set(await statuses(one))).toEqual(new Set(['delivered']));
  });

  it.each([
    ['one recipient', () => [admission()], none],
    ['one recipient under a key', () => [admission()], answer],
    ['two domains', () => [admission(['one.example', 'two.example'])], none],
    ['a large message', () => [admission(['one.example'], randomBytes(400_000))], none],
    ['twelve emails under a key', () => Array.from({ length: 12 }, () => admission()), answer],
  ])('refused by the queue sends nothing, and the same key may come again: %s (Q12)', async (_, make, kept) => {
    region.proxy.fail(refuseAll('SendMessageBatch', awsError('ServiceUnavailable', 503)));
    const refused = make();
    await expect(parts.admissions.admit(refused, kept, time)).rejects.toThrow(/^SQS refused \d+ of \d+ jobs: em_/);
    region.proxy.heal();
    expect(await Promise.all(refused.map(statuses))).toEqual(refused.map(() => null));
    const again = make();
    expect(await parts.admissions.admit(again, kept, time)).toEqual({ kind: 'admitted' });
    await letTimePass();
    expect(sent).toHaveLength(again.flatMap(({ deliveries }) => deliveries).length);
    expect(await Promise.all(refused.map(statuses))).toEqual(refused.map(() => null));
  });

  it('of which the queue takes one batch and refuses the other sends nothing (Q12)', async () => {
    let batches = 0;
    region.proxy.fail(({ operation }) =>
      operation === 'SendMessageBatch' && ++batches > 1 ? awsError('AccessDenied', 403) : null,
    );
    const refused = admission(Array.from({ length: 15 }, (_, index) => `d${index}.example`));
    await expect(parts.admissions.admit([refused], none, time)).rejects.toThrow('SQS refused 5 of 15 jobs');
    region.proxy.heal();
    await letTimePass();
    expect(sent).toEqual([]);
    expect(await statuses(refused)).toBeNull();
  });

  it.each([
    ['no row', 'PutItem', 1, ['one.example', 'two.example'], 100, answer],
    ['rows, but no jobs', 'SendMessageBatch', 1, ['one.example', 'two.example'], 100, answer],
    ['stored content and a row, but no job', 'SendMessageBatch', 1, ['one.example'], 400_000, none],
    ['rows and jobs, but no kept answer', 'PutItem', 4, ['one.example', 'two.example'], 100, answer],
  ])('whose process is killed with %s sends nothing (Q01)', async (_, operation, nth, domains, size, kept) => {
    let count = 0;
    const killed = Promise.withResolvers<'killed'>();
    let last: string | null = null;
    region.proxy.fail(async ({ operation: called, body }) => {
      const isLast = last === null ? called === operation && ++count === nth : body === last;
      if (!isLast) return null;
      last = body;
      killed.resolve('killed');
      // Not even when the SDK, which lives on here, sends it once more.
      return await new Promise<never>(() => undefined);
    });
    const half = admission(domains, randomBytes(size));
    // The project is noted first, then there are two rows; the kept answer is the fourth put.
    expect(await Promise.race([parts.admissions.admit([half], kept, time), killed.promise])).toBe('killed');
    parts = openAws(region.clients, names, { clock, random: systemRandom, log: quietLog });
    await letTimePass();
    expect(sent).toEqual([]);
    expect(await statuses(half)).toBeNull();
    const filter = { statuses: null, to: null, tag: null };
    const listed = await parts.ledger.list(project, { limit: 10, from: null, order: 'newest_first', filter });
    expect(listed.emails).toEqual([]);
    expect(await parts.idempotency.begin(request, time)).toEqual({ kind: 'fresh' });
  });

  it('whose last write is done but not answered is replayed to the same key (Q14)', async () => {
    let puts = 0;
    region.proxy.fail(({ operation }) => (operation === 'PutItem' && ++puts >= 3 ? { kind: 'lose_answer' } : null));
    const accepted = admission();
    expect(await parts.admissions.admit([accepted], answer, time).catch(() => 'unavailable')).toBe('unavailable');
    region.proxy.heal();
    expect(await parts.idempotency.begin(request, time)).toMatchObject({ kind: 'kept' });
    const second = admission();
    expect(await parts.admissions.admit([second], answer, time)).toMatchObject({ kind: 'taken' });
    expect(await parts.ledger.claim(second.deliveries[0] as Delivery, time, time)).toEqual({
      kind: 'lost',
      why: 'missing',
    });
    await letTimePass();
    expect(sent).toHaveLength(1);
    expect(await statuses(accepted)).toEqual(['delivered']);
  });

  it('counts when one answer of DynamoDB is lost and the SDK asks again', async () => {
    const lost = new Set<string>();
    region.proxy.fail(({ operation, body }) => {
      if (lost.has(body) || !/^(?:Put|Update)Item$/.test(operation)) return null;
      lost.add(body);
      return body.includes('"g":') || operation === 'UpdateItem' ? { kind: 'lose_answer' } : null;
    });
    const accepted = admission(['one.example', 'two.example']);
    expect(await parts.admissions.admit([accepted], answer, time)).toEqual({ kind: 'admitted' });
    await workAll();
    expect(sent).toHaveLength(2);
    expect(await statuses(accepted)).toEqual(['delivered', 'delivered']);
  });

  it('is accepted when a worker has the job that the queue did not confirm', async () => {
    region.proxy.fail(({ operation }) => (operation === 'SendMessageBatch' ? { kind: 'lose_answer' } : null));
    const accepted = admission();
    const admitting = parts.admissions.admit([accepted], none, time);
    while (sent.length === 0) await workAll();
    expect(await admitting).toEqual({ kind: 'admitted' });
    expect(await statuses(accepted)).toEqual(['delivered']);
  });

  it('makes a worker that comes before the last write wait for it', async () => {
    const asked = Promise.withResolvers<null>();
    const written = Promise.withResolvers<void>();
    let reads = 0;
    region.proxy.fail(async ({ operation, body }) => {
      // The gate is asked for once while it is shut; whoever asks again finds it open.
      if (operation === 'GetItem' && ++reads === 1) return { kind: 'pass', after: async () => asked.resolve(null) };
      if (operation === 'GetItem') await written.promise;
      if (operation !== 'PutItem' || !body.includes('"g":')) return null;
      await asked.promise;
      return { kind: 'pass', after: async () => written.resolve() };
    });
    const accepted = admission();
    const admitting = parts.admissions.admit([accepted], answer, time);
    const jobs = await receiveJobs(1);
    const claim = await parts.ledger.claim(named(jobs[0]), time, time + 900_000);
    expect(await admitting).toEqual({ kind: 'admitted' });
    expect(claim).toMatchObject({ kind: 'claimed', delivery: { state: 'sending', attempt: 1 } });
  });

  it('leaves the job to come again when the last write takes too long', async () => {
    const written = Promise.withResolvers<null>();
    region.proxy.fail(({ operation, body }) =>
      operation === 'PutItem' && body.includes('"g":') ? written.promise : null,
    );
    const accepted = admission();
    const admitting = parts.admissions.admit([accepted], answer, time);
    const [job] = await receiveJobs(1);
    expect(job && (await deliver(job, ports(), signal))).toBe('keep');
    written.resolve(null);
    expect(await admitting).toEqual({ kind: 'admitted' });
    expect(sent).toEqual([]);
    await region.returnInFlight(names.queueUrl);
    await workAll();
    expect(await statuses(accepted)).toEqual(['delivered']);
  });

  it('shows what was opened after the watch had given it up, as failed', async () => {
    const written = Promise.withResolvers<null>();
    region.proxy.fail(({ operation, body }) =>
      operation === 'PutItem' && body.includes('"g":') ? written.promise : null,
    );
    const stopped = admission();
    const admitting = parts.admissions.admit([stopped], answer, time);
    await receiveJobs(1);
    time += limits.queuedGraceMs + 120_000;
    await sweep(ports(), signal);
    written.resolve(null);
    expect(await admitting).toEqual({ kind: 'admitted' });
    await region.returnInFlight(names.queueUrl);
    await workAll();
    expect(sent).toEqual([]);
    expect(await statuses(stopped)).toEqual(['failed']);
  });

  it('rejects when DynamoDB is throttled for good, and takes nothing', async () => {
    const name = 'ProvisionedThroughputExceededException';
    region.proxy.fail(refuseAll('PutItem', awsError(name)));
    const refused = admission();
    await expect(parts.admissions.admit([refused], none, time)).rejects.toThrow(name);
    expect(region.proxy.calls.filter(({ operation }) => operation === 'PutItem').length).toBeGreaterThan(1);
    region.proxy.heal();
    await letTimePass();
    expect(sent).toEqual([]);
    expect(await statuses(refused)).toBeNull();
  });

  it('passes over a moment in which DynamoDB is throttled', async () => {
    let throttled = false;
    region.proxy.fail(({ operation }) => {
      if (throttled || operation !== 'PutItem') return null;
      throttled = true;
      return awsError('ProvisionedThroughputExceededException');
    });
    const accepted = admission();
    await parts.admissions.admit([accepted], none, time);
    region.proxy.heal();
    await workAll();
    expect(await statuses(accepted)).toEqual(['delivered']);
  });

  it('rejects when S3 refuses the content, and takes nothing', async () => {
    region.proxy.fail(({ operation }) =>
      operation === 'PUT' ? { kind: 'answer', status: 500, body: '<Error><Code>InternalError</Code></Error>' } : null,
    );
    const refused = admission(['one.example'], randomBytes(400_000));
    await expect(parts.admissions.admit([refused], none, time)).rejects.toThrow('S3 did not do what it was asked');
    region.proxy.heal();
    await letTimePass();
    expect(sent).toEqual([]);
    expect(await statuses(refused)).toBeNull();
  });
});

describe('an admission under several keys', () => {
  const answers = ['k-1', 'k-2'].map((key) => ({
    request: { ...request, key },
    status: 202,
    body: key,
    warning: null,
  }));
  const [first, second] = answers as [AnswerToKeep, AnswerToKeep];
  const isGate = ({ operation, body }: AwsCall): boolean => operation === 'PutItem' && body.includes('"pk":{"S":"gem_');

  it('counts with all of its answers, in one write', async () => {
    const mail = admission();
    let before: unknown = null;
    region.proxy.fail(async (call) => {
      if (!isGate(call)) return null;
      before ??= [await statuses(mail), await parts.idempotency.begin(first.request, time)];
      return { kind: 'lose_answer' };
    });
    expect(await parts.admissions.admit([mail], answers, time).catch(() => 'unavailable')).toBe('unavailable');
    region.proxy.heal();
    expect(before).toEqual([null, { kind: 'running' }]);
    for (const { request: keyed, body } of answers) {
      expect(await parts.idempotency.begin(keyed, time)).toMatchObject({ kind: 'kept', kept: { body } });
    }
    expect(await parts.admissions.admit([admission()], [second], time)).toMatchObject({ kind: 'taken' });
    await workAll();
    expect(await statuses(mail)).toEqual(['delivered']);
  });

  it('that stopped short of its last write gives its keys back, and can never count any more', async () => {
    const mail = admission();
    const written = Promise.withResolvers<null>();
    const reached = Promise.withResolvers<void>();
    region.proxy.fail((call) => {
      if (!isGate(call) || call.body.includes('"shut"')) return null;
      reached.resolve();
      return written.promise;
    });
    const admitting = parts.admissions.admit([mail], answers, time).catch((error: Error) => error.message);
    await reached.promise;
    expect(await parts.idempotency.begin(first.request, time + 119_999)).toEqual({ kind: 'running' });
    expect(await parts.idempotency.begin(first.request, time + 120_000)).toEqual({ kind: 'fresh' });
    written.resolve(null);
    expect(await admitting).toBe('The request took so long that its gate was shut.');
    await letTimePass();
    expect(sent).toEqual([]);
    expect(await statuses(mail)).toBeNull();
  });

  it('of which one answer cannot be written leaves none', async () => {
    region.proxy.fail(({ operation, body }) =>
      operation === 'PutItem' && body.includes('"b":{"S":"k-2"}') ? awsError('AccessDeniedException') : null,
    );
    await expect(parts.admissions.admit([admission()], answers, time)).rejects.toThrow('AccessDeniedException');
    region.proxy.heal();
    for (const { request: keyed } of answers) {
      expect(await parts.idempotency.begin(keyed, time)).toEqual({ kind: 'fresh' });
    }
    await letTimePass();
    expect(sent).toEqual([]);
  });
});

describe('a job that carries the only copy of its content', () => {
  it('comes again after the death of its worker, however long that takes, and is sent (Q01, Q05)', async () => {
    const mail = admission();
    await parts.admissions.admit([mail], none, time);
    const [job] = await receiveJobs(1);
    await parts.ledger.claim(named(job), time, time + 15 * 60_000);
    expect(job && (await deliver(job, ports(), signal))).toBe('keep');
    for (let minutes = 0; minutes < 30; minutes++) {
      await sweep(ports(), signal);
      time += 60_000;
    }
    expect(await statuses(mail)).toEqual(['open']);
    await region.returnInFlight(names.queueUrl);
    await workAll();
    expect(sent).toHaveLength(1);
    const found = await parts.ledger.find(project, mail.email.id);
    const attempts = found?.deliveries[0]?.recipients[0]?.attempts.map(({ outcome }) => outcome);
    expect(attempts?.slice(1)).toEqual(['in_doubt', 'delivered']);
  }, 60_000);

  it('leaves it in the store when the delivery is to be tried later', async () => {
    const mail = admission();
    await parts.admissions.admit([mail], none, time);
    const [job] = await receiveJobs(1);
    const claim = await parts.ledger.claim(named(job), time, time + 60_000);
    if (claim.kind === 'lost' || job === undefined) throw new Error('It is there to be claimed.');
    const { delivery } = claim;
    const later: Delivery = { ...delivery, state: 'deferred', version: delivery.version + 1, dueAt: time + 60_000 };
    await parts.ledger.commit(later);
    expect(await deliver(job, ports(), signal)).toBe('done');
    expect((await parts.contents.open(mail.email.id))?.sizeBytes).toBe(mail.content.length);
  });

  it('ends visibly with its lifetime when the job has vanished', async () => {
    const mail = admission();
    await parts.admissions.admit([mail], none, time);
    await receiveJobs(1);
    time += limits.queuedGraceMs + 60_000;
    await sweep(ports(), signal);
    expect(await statuses(mail)).toEqual(['open']);
    time = mail.email.expiresAt;
    await sweep(ports(), signal);
    expect(await statuses(mail)).toEqual(['expired']);
  });

  it('is no excuse for content of a scheduled email, which no job has carried yet', async () => {
    const scheduled = admissionOf(['one.example'], { delivery: { state: 'scheduled', dueAt: time } });
    await parts.admissions.admit([scheduled], none, time);
    const contents = { ...parts.contents, open: async () => null };
    await sweep({ ...ports(), contents }, signal);
    expect(await statuses(scheduled)).toEqual(['failed']);
  });
});

async function receiveJobs(count: number): Promise<Job[]> {
  const jobs: Job[] = [];
  while (jobs.length < count) {
    for (const received of await queue().receive(10, 1_000)) if (received.kind === 'job') jobs.push(received.job);
  }
  return jobs;
}
