import { Duration } from 'aws-cdk-lib';

import { bindEventTargets, bindQueue, bindSecret, bindTable } from './bind.ts';
import { bindContents } from './bind-bucket.ts';
import { nameDeployment } from './name-deployment.ts';
import type { WayOut } from './processes.ts';
import type { State } from './state-stack.ts';
import type { Worker } from './worker.ts';

/** Webhooks take 15 seconds at most each; what is left of a task when the time is over is the sweep's. */
export const notifyLimits = {
  timeout: Duration.minutes(2),
  visibility: Duration.minutes(12),
  memoryMb: 512,
  batchSize: 10,
} as const;

/**
 * `notify` reads what has happened, keeps what it posted, and sends it to what gets every event. A notification by mail is a row
 * that waits and its content, which the sweep sends on; it returns fields of the mail that it is about. To its own queue it sends a
 * task twice in a row at most, for the two first retries.
 */
export function bindNotify(worker: Worker, state: State, way: WayOut): void {
  nameDeployment(worker, way);
  const calls = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] as const;
  bindTable(worker, state.table, calls, []);
  bindContents(worker, state.contents, 'read and write');
  bindQueue(worker, 'POSTERN_QUEUE_URL', state.jobs, 'none');
  bindQueue(worker, 'POSTERN_DEAD_LETTER_QUEUE_URL', state.deadLetters, 'none');
  bindQueue(worker, 'POSTERN_NOTIFY_QUEUE_URL', state.notifications, 'send');
  bindEventTargets(worker, state.eventTargets);
  bindSecret(worker, 'POSTERN_MASTER_KEY', state.masterKey);
}
