import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

import type { Clock } from '../core/ports/clock.ts';
import type { Queue, ReceivedJob } from '../core/ports/queue.ts';
import { sendDeadLetter } from './aws-dead-letter.ts';
import { fromAws } from './aws-errors.ts';
import { jobBody, parseJobBody } from './aws-job-body.ts';
import { sendInBatches } from './aws-send-batches.ts';

export type SqsQueue = {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Whether jobs name their project, so that SQS lets those of a project with a backlog wait for the others'. */
  readonly fairQueue: boolean;
};

/** Longer than any attempt: the session limit of 14 minutes, with room to record its outcome. */
const defaultVisibilityMs = 16 * 60_000;
/** ReceiveMessage and the batch calls take so many at a time. */
const messagesPerCall = 10;
const longestPollSeconds = 20;

/** A message in our hands: what is set aside is sent to the dead-letter queue as it came. */
type Held = { readonly body: string; readonly until: number };

/**
 * The queue on SQS (a standard queue). `send` rejects when any job was refused, naming each; the others are on the queue
 * then. On Lambda the event source receives and removes in the place of this adapter; a poller uses all of it.
 */
export function createSqsQueue(
  sqs: SQSClient,
  settings: SqsQueue,
  clock: Clock,
  visibilityMs = defaultVisibilityMs,
): Queue {
  const held = new Map<string, Held>();
  return {
    async send(jobs) {
      const messages = await Promise.all(
        jobs.map(async (job) => ({
          deliveryId: job.deliveryId,
          body: await jobBody(job),
          group: settings.fairQueue ? job.projectId : null,
        })),
      );
      const refused = await sendInBatches(sqs, settings.queueUrl, messages, clock);
      if (refused.length === 0) return;
      const names = refused.map(({ deliveryId, why }) => `${deliveryId} (${why})`).join(', ');
      throw new Error(`SQS refused ${refused.length} of ${jobs.length} jobs: ${names}.`);
    },
    async receive(limit, waitMs, signal) {
      if (signal?.aborted === true) return [];
      const poll = fromAws('SQS', () => receiveMessages(sqs, settings.queueUrl, limit, waitMs, visibilityMs));
      const messages = await unlessAborted(poll, signal);
      if (messages === 'aborted') {
        // The call may still be answered, by messages that nobody else sees until they are handed back.
        void poll.then((late) => handBack(sqs, settings.queueUrl, late)).catch(() => undefined);
        return [];
      }
      return await take(messages, held, clock.now(), visibilityMs);
    },
    async remove(receipts) {
      await fromAws('SQS', () => deleteMessages(sqs, settings.queueUrl, receipts));
      for (const receipt of receipts) held.delete(receipt);
    },
    async setAside(receipt, why) {
      const message = held.get(receipt);
      if (message === undefined || message.until <= clock.now()) return;
      await fromAws('SQS', async () => {
        await sendDeadLetter(sqs, settings.deadLetterQueueUrl, message.body, why);
        await deleteMessages(sqs, settings.queueUrl, [receipt]);
      });
      held.delete(receipt);
    },
  };
}

async function receiveMessages(
  sqs: SQSClient,
  queueUrl: string,
  limit: number,
  waitMs: number,
  visibilityMs: number,
): Promise<readonly Message[]> {
  const answer = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(limit, messagesPerCall),
      WaitTimeSeconds: Math.min(Math.ceil(waitMs / 1_000), longestPollSeconds),
      VisibilityTimeout: Math.ceil(visibilityMs / 1_000),
    }),
  );
  return answer.Messages ?? [];
}

async function unlessAborted<Result>(
  running: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result | 'aborted'> {
  if (signal === undefined) return await running;
  const aborted = Promise.withResolvers<'aborted'>();
  const abort = (): void => aborted.resolve('aborted');
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([running, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function take(
  messages: readonly Message[],
  held: Map<string, Held>,
  now: number,
  visibilityMs: number,
): Promise<ReceivedJob[]> {
  for (const [receipt, { until }] of held) if (until <= now) held.delete(receipt);
  return await Promise.all(
    messages.map(async ({ ReceiptHandle: receipt = '', Body: body = '' }) => {
      held.set(receipt, { body, until: now + visibilityMs });
      return { receipt, ...(await parseJobBody(body)) };
    }),
  );
}

async function handBack(sqs: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const Entries = messages.map(({ ReceiptHandle }, index) => ({
    Id: String(index),
    ReceiptHandle,
    VisibilityTimeout: 0,
  }));
  await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
}

// Entries that fail are receipts that have run out, or jobs that will come back and find their delivery done.
async function deleteMessages(sqs: SQSClient, queueUrl: string, receipts: readonly string[]): Promise<void> {
  const calls: Promise<unknown>[] = [];
  for (let start = 0; start < receipts.length; start += messagesPerCall) {
    const Entries = receipts
      .slice(start, start + messagesPerCall)
      .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
    calls.push(sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })));
  }
  await Promise.all(calls);
}
