import process from 'node:process';

import { createSqsQueue } from '../adapters/queue-sqs.ts';
import { consume, type Intake } from '../core/consume.ts';
import { countCommits } from '../core/count-commits.ts';
import { limits } from '../core/limits.ts';
import type { Log } from '../core/ports/log.ts';
import { repeat } from '../core/repeat.ts';
import { startAws } from './aws-process.ts';
import { wireAwsWorker } from './aws-worker.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** A worker on SQS that runs until it is stopped. */
export type Poller = {
  readonly log: Log;
  /**
   * Receives no more, lets transactions end (before the final dot, or with the answer to it) for up to `limits.stopGraceMs`,
   * and gives back the jobs that were not begun. Resolves with whether everything had ended by then.
   */
  stop(): Promise<boolean>;
};

/** SQS hands out ten messages a call; so many receivers take more in a second than one process can deliver. */
const jobsPerReceive = 10;
const mostReceivers = 5;
/** A poll cannot be broken off without losing sight of what it brings, so that a stop may have to wait for so long. */
const pollMs = 5_000;

/** The same worker as the function `deliver`, which asks the queue by itself. Rejects with an Error of one sentence when it cannot start. */
export async function startPoller(environment: NodeJS.ProcessEnv): Promise<Poller> {
  const aws = await startAws(environment, { dials: true });
  const { config, parts, clients, ambient } = aws;
  const queue = createSqsQueue(clients.sqs, config.aws, ambient.clock);
  const worker = wireAwsWorker(aws);
  const stopping = new AbortController();
  const counted = countCommits(parts.ledger);
  const report = async (): Promise<void> => {
    const measures = counted.take();
    if (Object.keys(measures).length > 0) ambient.metrics.record('mail', measures);
  };
  const work = consume(
    { ...worker.ports, ledger: counted.ledger, queue },
    intakeFor(config.workerConcurrency),
    stopping.signal,
  )
    .then(() => queue.settled())
    .then(report)
    .then(() => worker.close());
  void repeat('report', limits.reportMs, report, ambient, stopping.signal);
  void repeat('tls results', limits.tlsFlushMs, () => worker.flushTlsResults(0), ambient, stopping.signal);
  ambient.log.info('started', { route: config.route.kind, concurrency: config.workerConcurrency });
  return {
    log: ambient.log,
    async stop() {
      stopping.abort();
      const inTime = await Promise.race([
        work.then(() => true),
        ambient.clock.sleep(limits.stopGraceMs).then(() => false),
      ]);
      clients.destroy();
      ambient.log.info('stopped', { in_time: inTime });
      return inTime;
    },
  };
}

function intakeFor(concurrency: number): Intake {
  const receivers = Math.min(mostReceivers, Math.ceil(concurrency / jobsPerReceive));
  return { concurrency, receivers, jobsPerReceive, pollMs };
}

/** Runs the poller until it is told to stop. What keeps it from starting is one sentence on standard error and code 1. */
export async function runPoller(environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    const poller = await startPoller(environment);
    stopOnSignal(poller, (signal) => poller.log.info('stopping', { signal }));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
