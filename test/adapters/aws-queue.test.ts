import { hash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { fitsInJob } from '../../functions/adapters/aws-job-body.ts';
import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createS3ContentStore } from '../../functions/adapters/content-s3.ts';
import { createSqsQueue } from '../../functions/adapters/queue-sqs.ts';
import type { Job, Queue } from '../../functions/core/ports/queue.ts';
import type { AwsNames } from '../../functions/wiring/aws.ts';
import { admissionOf, project } from '../contract/samples.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';

let region: AwsRegion;
let names: AwsNames;
let queue: Queue;
let time = 0;
const clock = { now: () => time, sleep: async () => undefined };

beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());
beforeEach(async () => {
  region.proxy.heal();
  names = await region.create();
  queue = createSqsQueue(region.clients.sqs, names, clock);
});

function jobOf(content?: Uint8Array, projectId = project): Job {
  const { email, deliveries } = admissionOf();
  const deliveryId = deliveries[0]?.id as Job['deliveryId'];
  const carried = content ? { kind: 'inline' as const, bytes: content } : { kind: 'stored' as const };
  return { version: 1, deliveryId, emailId: email.id, projectId, content: carried };
}

const batches = (): number => region.proxy.calls.filter(({ operation }) => operation === 'SendMessageBatch').length;

/** What SQS answers to a batch of which it takes all but some entries. */
function partly(body: string, failed: (index: number) => { code: string; sender: boolean } | null) {
  const { Entries } = JSON.parse(body) as { Entries: { Id: string; MessageBody: string }[] };
  const all = Entries.map(({ Id, MessageBody }, index) => ({
    Id,
    MD5OfMessageBody: hash('md5', MessageBody),
    failed: failed(index),
  }));
  return {
    kind: 'answer' as const,
    status: 200,
    body: JSON.stringify({
      Successful: all
        .filter((one) => one.failed === null)
        .map(({ Id, MD5OfMessageBody }) => ({ Id, MessageId: 'm', MD5OfMessageBody })),
      Failed: all.flatMap((one) =>
        one.failed === null ? [] : [{ Id: one.Id, Code: one.failed.code, SenderFault: one.failed.sender }],
      ),
    }),
  };
}

describe('sending to SQS', () => {
  it('puts ten jobs in a batch, and no more than a megabyte', async () => {
    await queue.send(Array.from({ length: 25 }, () => jobOf()));
    expect(batches()).toBe(3);
    region.proxy.heal();
    await queue.send(Array.from({ length: 10 }, () => jobOf(randomBytes(140_000))));
    expect(batches()).toBe(2);
    expect(region.messagesOn(names.queueUrl)).toHaveLength(35);
  });

  it('sends again what failed for the service, and only that', async () => {
    let first = true;
    region.proxy.fail(({ operation, body }) => {
      if (operation !== 'SendMessageBatch' || !first) return null;
      first = false;
      return partly(body, (index) => (index % 2 === 0 ? { code: 'InternalError', sender: false } : null));
    });
    await queue.send(Array.from({ length: 6 }, () => jobOf()));
    expect(batches()).toBe(2);
    // The three that the first answer named as taken never came to the queue behind the proxy.
    expect(region.messagesOn(names.queueUrl)).toHaveLength(3);
  });

  it('rejects with the names of those that failed for good', async () => {
    const jobs = Array.from({ length: 3 }, () => jobOf());
    region.proxy.fail(({ body }) =>
      partly(body, (index) => (index === 1 ? { code: 'InvalidMessageContents', sender: true } : null)),
    );
    await expect(queue.send(jobs)).rejects.toThrow(
      `SQS refused 1 of 3 jobs: ${jobs[1]?.deliveryId} (InvalidMessageContents).`,
    );
    expect(batches()).toBe(1);
    region.proxy.heal();
    region.proxy.fail(({ body }) => partly(body, () => ({ code: 'InternalError', sender: false })));
    await expect(queue.send(jobs)).rejects.toThrow('SQS refused 3 of 3 jobs');
    expect(batches()).toBe(4);
  });

  it('names the project only where the queue is to be fair between several', async () => {
    const jobs = [jobOf(), jobOf(undefined, 'prj_shop' as typeof project)];
    await queue.send(jobs);
    await createSqsQueue(region.clients.sqs, { ...names, fairQueue: true }, clock).send(jobs);
    // The emulator forgets them, so what is asked is what went over the wire.
    const sends = region.proxy.calls.filter(({ operation }) => operation === 'SendMessageBatch');
    const groups = sends.map(({ body }) => {
      const { Entries } = JSON.parse(body) as { Entries: { MessageGroupId?: string }[] };
      return Entries.map(({ MessageGroupId }) => MessageGroupId);
    });
    expect(groups).toEqual([
      [undefined, undefined],
      ['prj_default', 'prj_shop'],
    ]);
    expect(region.messagesOn(names.queueUrl)).toHaveLength(4);
  });

  it('does not take an entry for sent that the answer does not name', async () => {
    region.proxy.fail(() => ({ kind: 'answer', status: 200, body: JSON.stringify({ Successful: [], Failed: [] }) }));
    await expect(queue.send([jobOf()])).rejects.toThrow('(not in the answer)');
  });
});

describe('receiving from SQS', () => {
  it('holds on to messages for as long again, ten a call', async () => {
    queue = createSqsQueue(region.clients.sqs, names, systemClock, 60_000);
    await queue.send(Array.from({ length: 12 }, () => jobOf()));
    const received = [...(await queue.receive(10, 1_000)), ...(await queue.receive(10, 1_000))];
    const before = region.visibleAgainAt(names.queueUrl);
    await sleep(20);
    region.proxy.heal();
    await queue.hold(received.map(({ receipt }) => receipt));
    expect(region.proxy.calls.map(({ operation }) => operation)).toEqual(
      Array.from({ length: 2 }, () => 'ChangeMessageVisibilityBatch'),
    );
    const after = region.visibleAgainAt(names.queueUrl);
    expect(after).toHaveLength(12);
    after.forEach((at, index) => expect(at).toBeGreaterThan(before[index] ?? Infinity));
  });

  it('gives back what a receiver that was stopped still gets, before it says that it has settled', async () => {
    const answered = Promise.withResolvers<void>();
    region.proxy.fail(async ({ operation }) => {
      if (operation === 'ReceiveMessage') return { kind: 'pass', after: () => answered.promise };
      return null;
    });
    const sqs = createSqsQueue(region.clients.sqs, names, systemClock);
    await sqs.send([jobOf()]);
    const stop = new AbortController();
    const waiting = sqs.receive(1, 1_000, stop.signal);
    while (region.visibleAgainAt(names.queueUrl).length === 0) await sleep(5);
    stop.abort();
    expect(await waiting).toEqual([]);
    expect(await Promise.race([sqs.settled().then(() => 'settled'), sleep(50, 'not yet')])).toBe('not yet');
    answered.resolve();
    await sqs.settled();
    expect(region.visibleAgainAt(names.queueUrl)).toEqual([]);
    expect(region.messagesOn(names.queueUrl)).toHaveLength(1);
  });
});

describe('setting aside', () => {
  it('leaves a job alone that has run out of our hands', async () => {
    await queue.send([jobOf()]);
    const [received] = await queue.receive(1, 1_000);
    time += 16 * 60_000;
    await queue.setAside(received?.receipt ?? '', 'Too late.');
    expect(region.messagesOn(names.deadLetterQueueUrl)).toEqual([]);
    expect(region.messagesOn(names.queueUrl)).toHaveLength(1);
  });
});

describe('content in a job', () => {
  it('is compressed, and no message of the queue is larger than 200 KB', async () => {
    const html = Buffer.from('<p>A line like any other.</p>\r\n'.repeat(20_000));
    expect(await fitsInJob(html)).toBe(true);
    await queue.send([jobOf(html)]);
    expect(region.messagesOn(names.queueUrl)[0]?.body.length).toBeLessThan(10_000);
    const [received] = await queue.receive(1, 1_000);
    expect(received?.kind === 'job' && received.job.content).toEqual({ kind: 'inline', bytes: html });
    expect(await fitsInJob(randomBytes(149_000))).toBe(true);
    expect(await fitsInJob(randomBytes(151_000))).toBe(false);
    expect(await fitsInJob(Buffer.alloc(2 * 1024 * 1024))).toBe(false);
  });

  it.each([
    ['is no base64 of Zstandard', 'AAAA'],
    ['is no text', 7],
    ['unpacks to more than a worker takes', zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64')],
  ])('that %s is set aside with the reason (Q10)', async (_, content) => {
    const { version, deliveryId, emailId } = jobOf();
    const body = JSON.stringify({ version, deliveryId, emailId, content });
    await region.putRaw(names.queueUrl, body);
    const [received] = await queue.receive(1, 1_000);
    expect(received?.kind).toBe('malformed');
    const why = received?.kind === 'malformed' ? received.why : '';
    await queue.setAside(received?.receipt ?? '', why);
    expect(region.messagesOn(names.deadLetterQueueUrl)).toEqual([{ body, why }]);
    expect(region.messagesOn(names.queueUrl)).toEqual([]);
  });
});

describe('content in S3', () => {
  it('is read in ranges of one object, and never mixed with what replaces it', async () => {
    const contents = createS3ContentStore(region.s3, names.bucket);
    const { id } = admissionOf().email;
    await contents.put(id, Buffer.alloc(3_000_000, 1));
    const content = await contents.open(id);
    const sizes: number[] = [];
    async function read(): Promise<void> {
      for await (const part of content?.chunks() ?? []) {
        sizes.push(part.length);
        expect(part.every((byte) => byte === 1)).toBe(true);
        await contents.put(id, Buffer.alloc(3_000_000, 2));
      }
    }
    await expect(read()).rejects.toThrow('S3 did not do what it was asked: PreconditionFailed.');
    expect(sizes).toEqual([1024 * 1024]);
  });

  it('is out of reach, and not absent, when the bucket is', async () => {
    const contents = createS3ContentStore(region.s3, 'nowhere');
    await expect(contents.put(admissionOf().email.id, Buffer.from('x'))).rejects.toThrow('NoSuchBucket');
    region.proxy.fail(() => ({ kind: 'answer', status: 503, body: '' }));
    await expect(contents.open(admissionOf().email.id)).rejects.toThrow('S3 did not do what it was asked');
  });
});
