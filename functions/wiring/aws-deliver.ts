import { readSqsEvent, setAsideOnSqs, type SqsBatchResponse, type SqsEvent } from '../adapters/batch-sqs.ts';
import { deliverBatch, type DeliverBatchPorts } from '../core/deliver-batch.ts';
import { limits } from '../core/limits.ts';
import { type InvocationContext, startAws } from './aws-process.ts';
import { wireAwsWorker } from './aws-worker.ts';

/**
 * The worker as a function on an SQS event source that reports batch item failures. Connections stay open from one
 * invocation to the next. Rejects with an Error of one sentence when it cannot start.
 */
export async function startDeliver(
  environment: NodeJS.ProcessEnv,
): Promise<(event: SqsEvent, context: InvocationContext) => Promise<SqsBatchResponse>> {
  const process = await startAws(environment, { dials: true });
  const { config, clients, ambient } = process;
  const ports: DeliverBatchPorts = {
    ...wireAwsWorker(process).ports,
    metrics: ambient.metrics,
    setAside: setAsideOnSqs(clients.sqs, config.aws.deadLetterQueueUrl),
    concurrency: config.workerConcurrency,
  };
  return async (event, context) => {
    const timeout = ambient.clock.now() + context.getRemainingTimeInMillis();
    const unfinished = await deliverBatch(await readSqsEvent(event), ports, {
      endsAt: timeout - limits.recordingMs,
      answerBy: timeout - limits.answeringMs,
    });
    return { batchItemFailures: unfinished.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
