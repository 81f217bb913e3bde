import type { SQSClient } from '@aws-sdk/client-sqs';

import type { Clock } from '../core/ports/clock.ts';
import type { DelayedJob, Job } from '../core/ports/queue.ts';
import { jobBody } from './aws-job-body.ts';
import { sendInBatches } from './aws-send-batches.ts';

/** The queues of a deployment. */
export type SqsQueue = {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Whether jobs name their project, so that SQS lets those of a project with a backlog wait for the others'. */
  readonly fairQueue: boolean;
};

/**
 * Puts jobs on a queue, which is all that most functions do with one; none comes out before its delay is over. Rejects when any
 * was refused, naming each; the others are on the queue then.
 */
export async function sendJobs(
  sqs: SQSClient,
  { queueUrl, fairQueue }: SqsQueue,
  jobs: readonly DelayedJob[],
  clock: Clock,
): Promise<void> {
  const messages = await Promise.all(
    jobs.map(async ({ job, delayMs }) => ({
      deliveryId: job.deliveryId,
      body: await jobBody(job),
      group: fairQueue ? job.projectId : null,
      delaySeconds: Math.ceil(delayMs / 1_000),
    })),
  );
  const refused = await sendInBatches(sqs, queueUrl, messages, clock);
  if (refused.length === 0) return;
  const names = refused.map(({ deliveryId, why }) => `${deliveryId} (${why})`).join(', ');
  throw new Error(`SQS refused ${refused.length} of ${jobs.length} jobs: ${names}.`);
}

/** Jobs that come out at once. */
export function atOnce(jobs: readonly Job[]): DelayedJob[] {
  return jobs.map((job) => ({ job, delayMs: 0 }));
}
