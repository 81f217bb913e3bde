import type { SQSClient } from '@aws-sdk/client-sqs';

import type { DeadLetter } from '../core/bury.ts';
import type { BatchEntry } from '../core/deliver-batch.ts';
import { sendDeadLetter } from './aws-dead-letter.ts';
import { fromAws } from './aws-errors.ts';
import { parseJobBody } from './aws-job-body.ts';

/** What an SQS event source hands to a function; of each record, all that is used. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export type SqsEvent = {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly messageAttributes?: Readonly<Record<string, unknown>>;
  }[];
};

/** What comes again to the queue, all else is deleted there (`ReportBatchItemFailures`). */
export type SqsBatchResponse = { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] };

/** The jobs of an event. */
export async function readSqsEvent({ Records }: SqsEvent): Promise<readonly BatchEntry[]> {
  return await Promise.all(
    Records.map(async ({ messageId: id, body }) => {
      const parsed = await parseJobBody(body);
      return parsed.kind === 'job' ? { id, ...parsed } : { kind: 'malformed', id, body, why: parsed.why };
    }),
  );
}

/** The dead letters of an event. What a worker has set aside has a reason beside it. */
export async function readDeadLetters({ Records }: SqsEvent): Promise<readonly DeadLetter[]> {
  return await Promise.all(
    Records.map(async ({ messageId: id, body, messageAttributes }): Promise<DeadLetter> => {
      const parsed = await parseJobBody(body);
      if (parsed.kind === 'malformed') return { kind: 'unreadable', id, body, why: parsed.why, names: parsed.names };
      return { kind: 'job', id, body, job: parsed.job, isSetAside: messageAttributes?.['why'] !== undefined };
    }),
  );
}

/** Keeps bodies apart on the dead-letter queue; the event source deletes them from their own. */
export function setAsideOnSqs(sqs: SQSClient, deadLetterQueueUrl: string) {
  return (body: string, why: string): Promise<void> =>
    fromAws('SQS', () => sendDeadLetter(sqs, deadLetterQueueUrl, body, why));
}
