import { readSqsEvent, setAsideOnSqs, type SqsBatchResponse, type SqsEvent } from '../adapters/batch-sqs.ts';
import { deliverBatch, type DeliverBatchPorts } from '../core/deliver-batch.ts';
import { limits } from '../core/limits.ts';
import { createPatientTransport } from '../core/patient-transport.ts';
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
  const worker = wireAwsWorker(process);
  const ports: DeliverBatchPorts = {
    ...worker.ports,
    transport: createPatientTransport(worker.ports.transport, ambient.clock),
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
    const leftMs = timeout - limits.answeringMs / 2 - ambient.clock.now();
    // Frozen after its answer, the function may never come back to what it has counted; nor may that cost it its answer.
    if (leftMs > 0) {
      const flushed = new AbortController();
      const flush = worker.flushTlsResults(limits.tlsFunctionFlushMs).finally(() => flushed.abort());
      await Promise.race([flush, ambient.clock.sleep(leftMs, flushed.signal)]);
    }
    return { batchItemFailures: unfinished.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
