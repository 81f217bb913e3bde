import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { AwsNames } from '../../functions/wiring/aws.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { unfinishedOf } from './platform/batch-answer.ts';
import { type EventSource, startEventSource } from './platform/event-source.ts';

type Record = { readonly messageId: string; readonly body: string };
type Handler = (records: readonly Record[]) => Promise<unknown>;

let region: AwsRegion;
let names: AwsNames;
let source: EventSource;
function poll(handler: Handler, twice: 'never' | 'always' = 'never'): string[] {
  const seen: string[] = [];
  const settings = { queueUrl: names.queueUrl, batchSize: 10, windowMs: 50, concurrency: 1, twice };
  source = startEventSource(region.clients.sqs, settings, async (event) => {
    const { Records } = event as { readonly Records: readonly Record[] };
    seen.push(...Records.map(({ body }) => body));
    return await handler(Records);
  });
  return seen;
}

const put = (body: string): Promise<void> => region.putRaw(names.queueUrl, body);
const left = (): number => region.messagesOn(names.queueUrl).length;

describe('the event source', () => {
  beforeAll(async () => {
    region = await startAwsRegion();
  });
  afterAll(() => region.stop());
  beforeEach(async () => {
    names = await region.create({ visibilitySeconds: 1, receivesBeforeDeath: 2 });
  });
  afterEach(() => source.stop());

  it('deletes what the answer does not name, and lets the rest come again when its time is over', async () => {
    await put('a');
    await put('b');
    const seen = poll(async (records) => ({
      batchItemFailures:
        seen.length > 2 ? [] : records.slice(1).map(({ messageId }) => ({ itemIdentifier: messageId })),
    }));
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['a', 'b', 'b']);
    await expect.poll(left, { timeout: 5_000 }).toBe(0);
  });

  it('deletes nothing when the handler throws, and after so many times it is in the dead-letter queue (Q09)', async () => {
    await put('a');
    const seen = poll(() => Promise.reject(new Error('No.')));
    await expect
      .poll(() => region.messagesOn(names.deadLetterQueueUrl).map(({ body }) => body), { timeout: 8_000 })
      .toEqual(['a']);
    expect(seen).toEqual(['a', 'a']);
    await expect.poll(left, { timeout: 5_000 }).toBe(0);
  });

  it('hands every batch over twice when it is told to, at once or later', async () => {
    await put('a');
    const seen = poll(async () => null, 'always');
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['a', 'a']);
    await put('b');
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['a', 'a', 'b', 'b']);
    await sleep(100);
    expect(left()).toBe(0);
  });
});

describe('the answer to a batch', () => {
  it.each([
    [null, []],
    [undefined, []],
    [{}, []],
    [{ batchItemFailures: null }, []],
    [{ batchItemFailures: [] }, []],
    [{ batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
    [{ batchItemFailures: [{ itemIdentifier: '' }] }, ['a', 'b']],
    [{ batchItemFailures: [{ itemIdentifier: null }] }, ['a', 'b']],
    [{ batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'c' }] }, ['a', 'b']],
    [{ batchItemFailures: [{ id: 'b' }] }, ['a', 'b']],
    [{ batchItemFailures: [null] }, ['a', 'b']],
    [{ batchItemFailures: 'b' }, ['a', 'b']],
    ['done', ['a', 'b']],
  ])('%j leaves %j on the queue', (answer, unfinished) => {
    expect([...unfinishedOf(answer, ['a', 'b'])]).toEqual(unfinished);
  });
});
