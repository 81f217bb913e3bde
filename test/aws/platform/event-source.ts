import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';

import { sqsRecord } from '../../support/lambda-events.ts';
import { unfinishedOf } from './batch-answer.ts';

export type EventSourceSettings = {
  readonly queueUrl: string;
  readonly batchSize: number;
  /** How long a batch that is not full is waited for. */
  readonly windowMs: number;
  /** Batches at a time. */
  readonly concurrency: number;
  /** `always`: each batch is handed over twice, every other time to two sandboxes at once, else once more after it was settled. */
  readonly twice: 'never' | 'always';
};

export type BatchReport = {
  readonly messages: number;
  /** How many were left on the queue, to come again when their visibility timeout has passed. */
  readonly unfinished: number;
};

/** An event source mapping of SQS onto a function that reports batch item failures. */
export type EventSource = {
  readonly batches: readonly BatchReport[];
  /** Takes nothing more, and resolves when the batches under way are settled. */
  stop(): Promise<void>;
};

const messagesPerCall = 10;
const longPollSeconds = 1;
const shortPollPauseMs = 20;

/**
 * Receives, invokes and deletes, until it is stopped. Nothing is made visible before its time: what is not deleted comes
 * again by the queue's own visibility timeout, and goes to the dead-letter queue by its redrive policy.
 */
export function startEventSource(
  sqs: SQSClient,
  settings: EventSourceSettings,
  invoke: (event: object) => Promise<unknown>,
): EventSource {
  const batches: BatchReport[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;
  let number = 0;
  const lane = async (): Promise<void> => {
    while (!signal.aborted) {
      const messages = await receiveBatch(sqs, settings, signal);
      if (messages.length === 0) continue;
      const event = { Records: messages.map(sqsRecord) };
      const once = (): Promise<number> => handOver(sqs, settings.queueUrl, messages, invoke(event));
      const again = settings.twice === 'always';
      const atOnce = again && number++ % 2 === 0;
      const unfinished = atOnce ? Math.min(...(await Promise.all([once(), once()]))) : await once();
      batches.push({ messages: messages.length, unfinished });
      if (again && !atOnce) await once();
    }
  };
  const lanes = Promise.all(Array.from({ length: settings.concurrency }, lane));
  return {
    batches,
    async stop() {
      stopping.abort();
      await lanes;
    },
  };
}

async function receiveBatch(
  sqs: SQSClient,
  { queueUrl: QueueUrl, batchSize, windowMs }: EventSourceSettings,
  signal: AbortSignal,
): Promise<readonly Message[]> {
  const messages: Message[] = [];
  let until = Infinity;
  while (messages.length < batchSize && performance.now() < until && !signal.aborted) {
    const isLong = messages.length === 0 || until - performance.now() > longPollSeconds * 1_000;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(messagesPerCall, batchSize - messages.length),
        WaitTimeSeconds: isLong ? longPollSeconds : 0,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length > 0 && until === Infinity) until = performance.now() + windowMs;
    messages.push(...Messages);
    if (Messages.length === 0 && !isLong) await sleep(shortPollPauseMs);
  }
  return messages;
}

/** Deletes what is done with, and answers how many messages are not. */
async function handOver(
  sqs: SQSClient,
  QueueUrl: string,
  messages: readonly Message[],
  answer: Promise<unknown>,
): Promise<number> {
  const ids = messages.map(({ MessageId = '' }) => MessageId);
  const unfinished = await answer.then(
    (value) => unfinishedOf(value, ids),
    () => new Set(ids),
  );
  const done = messages.filter(({ MessageId = '' }) => !unfinished.has(MessageId));
  for (let start = 0; start < done.length; start += messagesPerCall) {
    const Entries = done
      .slice(start, start + messagesPerCall)
      .map(({ MessageId: Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
  return unfinished.size;
}
