import type { SQSClient } from '@aws-sdk/client-sqs';

import type { BatchEntry } from '../core/deliver-batch.ts';
import { sendDeadLetter } from './aws-dead-letter.ts';
import { fromAws } from './aws-errors.ts';
import { parseJobBody } from './aws-job-body.ts';

/** What an SQS event source hands to a function; of each record, all that is used. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export type SqsEvent = { readonly Records: readonly { readonly messageId: string; readonly body: string }[] };

/** What comes again to the queue, all else is deleted there (`ReportBatchItemFailures`). */
export type SqsBatchResponse = { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] };

/** The jobs of an event. */
export async function readSqsEvent({ Records }: SqsEvent): Promise<readonly BatchEntry[]> {
  return await Promise.all(
    Records.map(async ({ messageId: id, body }) => {
      const parsed = await parseJobBody(body);
      return parsed.kind === 'job' ? { id, ...parsed } : { id, body, ...parsed };
    }),
  );
}

/** Keeps bodies apart on the dead-letter queue; the event source deletes them from their own. */
export function setAsideOnSqs(sqs: SQSClient, deadLetterQueueUrl: string) {
  return (body: string, why: string): Promise<void> =>
    fromAws('SQS', () => sendDeadLetter(sqs, deadLetterQueueUrl, body, why));
}
