import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

import type { DeliveryId } from '../core/ids.ts';
import type { Clock } from '../core/ports/clock.ts';

/**
 * One message to be sent, and the delivery it is for. `group` names whose it is, by which a standard queue is fair:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export type OutgoingMessage = {
  readonly deliveryId: DeliveryId;
  readonly body: string;
  readonly group: string | null;
  /** Receivers see it after so long: up to 900. */
  readonly delaySeconds: number;
};

/** A message that was not taken, and why. */
export type RefusedMessage = { readonly deliveryId: DeliveryId; readonly why: string };

/** SendMessageBatch takes so many entries, and so many bytes of bodies together. */
const entriesPerBatch = 10;
const bytesPerBatch = 1024 * 1024;
/** Entries that failed for the service's own reasons are sent again so often, after pauses that double. */
const sendsPerEntry = 4;
const firstPauseMs = 100;

/**
 * Sends messages in as few batches as can be; answers with those that were refused for good. SQS takes or refuses each
 * entry of a batch by itself, and a call that succeeds says so of each.
 */
export async function sendInBatches(
  sqs: SQSClient,
  queueUrl: string,
  messages: readonly OutgoingMessage[],
  clock: Clock,
): Promise<readonly RefusedMessage[]> {
  const refused = await Promise.all(batchesOf(messages).map((batch) => sendBatch(sqs, queueUrl, batch, clock)));
  return refused.flat();
}

function batchesOf(messages: readonly OutgoingMessage[]): OutgoingMessage[][] {
  const batches: OutgoingMessage[][] = [];
  let batch: OutgoingMessage[] = [];
  let size = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.body);
    if (batch.length === 0 || batch.length === entriesPerBatch || size + bytes > bytesPerBatch) {
      batch = [];
      size = 0;
      batches.push(batch);
    }
    batch.push(message);
    size += bytes;
  }
  return batches;
}

async function sendBatch(
  sqs: SQSClient,
  queueUrl: string,
  batch: readonly OutgoingMessage[],
  clock: Clock,
): Promise<RefusedMessage[]> {
  const refused: RefusedMessage[] = [];
  let waiting = batch;
  let pauseMs = firstPauseMs;
  for (let sends = 1; waiting.length > 0; sends++) {
    const failed = await sendOnce(sqs, queueUrl, waiting);
    const again = failed.filter(({ final }) => !final && sends < sendsPerEntry);
    for (const entry of failed) {
      if (!again.includes(entry)) refused.push({ deliveryId: entry.message.deliveryId, why: entry.why });
    }
    waiting = again.map(({ message }) => message);
    if (waiting.length > 0) await clock.sleep(pauseMs);
    pauseMs *= 2;
  }
  return refused;
}

type Failed = { readonly message: OutgoingMessage; readonly why: string; readonly final: boolean };

// A call that fails as a whole was retried by the SDK already.
async function sendOnce(sqs: SQSClient, queueUrl: string, messages: readonly OutgoingMessage[]): Promise<Failed[]> {
  const Entries = messages.map(({ body, group, delaySeconds }, index) => ({
    Id: String(index),
    MessageBody: body,
    ...(group !== null && { MessageGroupId: group }),
    ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
  }));
  try {
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    const taken = new Set(answer.Successful?.map(({ Id }) => Id));
    return messages.flatMap((message, index) => {
      if (taken.has(String(index))) return [];
      const failed = answer.Failed?.find(({ Id }) => Id === String(index));
      return [{ message, why: failed?.Code ?? 'not in the answer', final: failed?.SenderFault === true }];
    });
  } catch (error) {
    const why = error instanceof Error ? error.name : String(error);
    return messages.map((message) => ({ message, why, final: true }));
  }
}
