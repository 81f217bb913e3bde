import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

import type { NotifyTask } from '../core/events/owed.ts';
import type { NotifyQueue } from '../core/ports/notify-queue.ts';
import { fromAws } from './aws-errors.ts';

/** SendMessageBatch takes so many entries; ten tasks, each with one event at most, are far from its limit of bytes. */
const entriesPerBatch = 10;

/** Tasks for webhooks on SQS (a standard queue). `send` rejects when any was refused; the others are on the queue then. */
export function createSqsNotifyQueue(sqs: SQSClient, queueUrl: string): NotifyQueue {
  return {
    async send(tasks, delayMs = 0) {
      const DelaySeconds = Math.ceil(delayMs / 1_000);
      const batches: NotifyTask[][] = [];
      for (let start = 0; start < tasks.length; start += entriesPerBatch) {
        batches.push(tasks.slice(start, start + entriesPerBatch));
      }
      await Promise.all(batches.map((batch) => sendBatch(sqs, queueUrl, batch, DelaySeconds)));
    },
  };
}

/** The task in the body of a message; `null` for what is none. */
export function readNotifyTask(body: string): NotifyTask | null {
  try {
    const read = JSON.parse(body) as Partial<NotifyTask> & { readonly version?: number };
    return read.version === 1 && (read.kind === 'owed' || read.kind === 'stream') ? (read as NotifyTask) : null;
  } catch {
    return null;
  }
}

async function sendBatch(
  sqs: SQSClient,
  queueUrl: string,
  tasks: readonly NotifyTask[],
  DelaySeconds: number,
): Promise<void> {
  const Entries = tasks.map((task, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify({ version: 1, ...task }),
    DelaySeconds,
  }));
  const answer = await fromAws('SQS', () => sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries })));
  const refused = answer.Failed ?? [];
  if (refused.length > 0)
    throw new Error(`SQS refused ${refused.length} of ${tasks.length} tasks: ${refused[0]?.Code}.`);
}
