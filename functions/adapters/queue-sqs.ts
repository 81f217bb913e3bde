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
import { parseJobBody } from './aws-job-body.ts';
import { atOnce, sendJobs, type SqsQueue } from './aws-send-jobs.ts';

/** Longer than any attempt: the session limit of 14 minutes, with room to record its outcome. */
const defaultVisibilityMs = 16 * 60_000;
/** ReceiveMessage and the batch calls take so many at a time. */
const messagesPerCall = 10;
const longestPollSeconds = 20;

/** A message in our hands: what is set aside is sent to the dead-letter queue as it came. */
type Held = { readonly body: string; readonly until: number };

/** A queue whose receivers can be stopped in the middle of a poll. */
export type StoppableQueue = Queue & {
  /** Resolves when the polls of receivers that were stopped have ended, and what they still brought is given back. */
  settled(): Promise<void>;
};

/**
 * The queue on SQS (a standard queue). `send` rejects when any job was refused, naming each; the others are on the queue
 * then. On Lambda the event source receives and removes in the place of this adapter; a poller uses all of it.
 */
export function createSqsQueue(
  sqs: SQSClient,
  settings: SqsQueue,
  clock: Clock,
  visibilityMs = defaultVisibilityMs,
): StoppableQueue {
  const held = new Map<string, Held>();
  const stopped = new Set<Promise<void>>();
  return {
    visibilityMs,
    send: (jobs) => sendJobs(sqs, settings, atOnce(jobs), clock),
    async receive(limit, waitMs, signal) {
      if (signal?.aborted === true) return [];
      const poll = fromAws('SQS', () => receiveMessages(sqs, settings.queueUrl, limit, waitMs, visibilityMs));
      const messages = await unlessAborted(poll, signal);
      if (messages === 'aborted') {
        // The call may still be answered, by messages that nobody else sees until they are given back. Breaking it off would
        // not help: SQS would hand them to a connection that is gone.
        const late = giveBackLate(sqs, settings.queueUrl, poll).finally(() => stopped.delete(late));
        stopped.add(late);
        return [];
      }
      return await take(messages, held, clock.now(), visibilityMs);
    },
    async hold(receipts) {
      await fromAws('SQS', () => hide(sqs, settings.queueUrl, receipts, visibilityMs));
      const until = clock.now() + visibilityMs;
      for (const receipt of receipts) {
        const message = held.get(receipt);
        if (message !== undefined) held.set(receipt, { ...message, until });
      }
    },
    async giveBack(receipts) {
      await fromAws('SQS', () => hide(sqs, settings.queueUrl, receipts, 0));
      for (const receipt of receipts) held.delete(receipt);
    },
    async settled() {
      await Promise.all(stopped);
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
      const parsed = await parseJobBody(body);
      return parsed.kind === 'job' ? { receipt, ...parsed } : { kind: 'malformed', receipt, why: parsed.why };
    }),
  );
}

async function giveBackLate(sqs: SQSClient, queueUrl: string, poll: Promise<readonly Message[]>): Promise<void> {
  try {
    const receipts = (await poll).map(({ ReceiptHandle: receipt = '' }) => receipt);
    await hide(sqs, queueUrl, receipts, 0);
  } catch {
    // They come back by themselves, later.
  }
}

// Entries that fail are receipts that have run out.
async function hide(sqs: SQSClient, queueUrl: string, receipts: readonly string[], ms: number): Promise<void> {
  const VisibilityTimeout = Math.ceil(ms / 1_000);
  await Promise.all(
    entriesOf(receipts).map((entries) => {
      const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout }));
      return sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
    }),
  );
}

// Entries that fail are receipts that have run out, or jobs that will come back and find their delivery done.
async function deleteMessages(sqs: SQSClient, queueUrl: string, receipts: readonly string[]): Promise<void> {
  await Promise.all(
    entriesOf(receipts).map((Entries) => sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))),
  );
}

type Entry = { readonly Id: string; readonly ReceiptHandle: string };

// As many in each call as a batch takes.
function entriesOf(receipts: readonly string[]): Entry[][] {
  return Array.from({ length: Math.ceil(receipts.length / messagesPerCall) }, (_, call) =>
    receipts
      .slice(call * messagesPerCall, (call + 1) * messagesPerCall)
      .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
  );
}
