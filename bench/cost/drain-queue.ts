import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

import { unfinishedOf } from '../../test/aws/platform/batch-answer.ts';
import { sqsRecord } from '../../test/support/lambda-events.ts';

/** What one call receives or deletes at most. */
const messagesPerCall = 10;

/**
 * Hands over what is on the queue in batches, one after the other, as the event source of a busy queue does: it fills a batch by
 * calls for ten messages, and deletes by calls of ten. Throws when anything is left undone.
 */
export async function drainQueue(
  sqs: SQSClient,
  QueueUrl: string,
  batchSize: number,
  invoke: (event: object) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    const messages = await receiveBatch(sqs, QueueUrl, batchSize);
    if (messages.length === 0) return;
    const answer = await invoke({ Records: messages.map(sqsRecord) });
    const ids = messages.map(({ MessageId = '' }) => MessageId);
    const unfinished = unfinishedOf(answer, ids);
    if (unfinished.size > 0) throw new Error(`The worker left ${unfinished.size} of ${ids.length} jobs.`);
    for (let start = 0; start < messages.length; start += messagesPerCall) {
      const Entries = messages
        .slice(start, start + messagesPerCall)
        .map(({ MessageId: Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }
}

async function receiveBatch(sqs: SQSClient, QueueUrl: string, batchSize: number): Promise<readonly Message[]> {
  const messages: Message[] = [];
  while (messages.length < batchSize) {
    const MaxNumberOfMessages = Math.min(messagesPerCall, batchSize - messages.length);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages }));
    if (Messages.length === 0) break;
    messages.push(...Messages);
  }
  return messages;
}
