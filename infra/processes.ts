import { bindContents, bindDeadLetterObjects } from './bind-bucket.ts';
import { bindQueue, bindSecret, bindTable } from './bind.ts';
import { nameDeployment } from './name-deployment.ts';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

import type { RouteSettings, Settings } from './settings.ts';
import type { State } from './state-stack.ts';
import type { Worker } from './worker.ts';

/** The deployment's name, its route, the domain that mail comes back to, what is handed on, and for a smarthost the secret with its URL. */
export type WayOut = {
  readonly stage: Settings['stage'];
  readonly route: RouteSettings;
  readonly inboundDomain: Settings['inboundDomain'];
  readonly passed: Settings['passed'];
  readonly smarthost: ISecret | null;
  /** Who reports about TLS are from. */
  readonly tlsReportFrom: string | null;
  readonly deliveryLog: Settings['deliveryLog'];
  readonly eventTargets: State['eventTargets'];
};

/** `submit` takes requests: every item of the table is its business, and jobs are sent by it. */
export function bindSubmit(
  worker: Worker,
  state: State,
  way: WayOut,
  { unverifiedSenders, fairQueue, publicUrl }: Settings,
): void {
  nameDeployment(worker, way);
  if (unverifiedSenders !== null) worker.setVariable('POSTERN_UNVERIFIED_SENDERS', unverifiedSenders);
  if (publicUrl !== null) worker.setVariable('POSTERN_PUBLIC_URL', publicUrl);
  const calls = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] as const;
  bindTable(worker, state.table, calls, ['listing']);
  bindContents(worker, state.contents, 'read and write');
  bindJobs(worker, state, fairQueue);
  bindQueue(worker, 'POSTERN_DEAD_LETTER_QUEUE_URL', state.deadLetters, 'none');
  bindQueue(worker, 'POSTERN_NOTIFY_QUEUE_URL', state.notifications, 'send');
  bindSecret(worker, 'POSTERN_MASTER_KEY', state.masterKey);
  bindSecret(worker, 'POSTERN_API_KEY', state.apiKey);
}

/**
 * `deliver` claims what exists and writes what became of it, and what endpoints may be owed of that. It removes only what it
 * kept for nothing, and never sends to its own queue: Lambda stops such a loop after 16 rounds.
 */
export function bindDeliver(worker: Worker, state: State, way: WayOut): void {
  nameDeployment(worker, way);
  nameReporter(worker, way);
  const calls = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] as const;
  bindTable(worker, state.table, calls, ['listing']);
  bindContents(worker, state.contents, 'read and write');
  bindQueue(worker, 'POSTERN_QUEUE_URL', state.jobs, 'none');
  bindQueue(worker, 'POSTERN_DEAD_LETTER_QUEUE_URL', state.deadLetters, 'send');
  bindQueue(worker, 'POSTERN_NOTIFY_QUEUE_URL', state.notifications, 'send');
  bindSecret(worker, 'POSTERN_MASTER_KEY', state.masterKey);
  if (way.smarthost !== null) bindSecret(worker, 'POSTERN_SMARTHOST_URL', way.smarthost);
}

/** `sweep` looks for what is due, moves it on, and checks sender domains again. It reads no mail, only whether it is there. */
export function bindSweep(worker: Worker, state: State, way: WayOut, { fairQueue }: Settings): void {
  nameDeployment(worker, way);
  nameReporter(worker, way);
  const calls = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] as const;
  bindTable(worker, state.table, calls, ['listing', 'due']);
  bindContents(worker, state.contents, 'read');
  bindJobs(worker, state, fairQueue);
  bindQueue(worker, 'POSTERN_DEAD_LETTER_QUEUE_URL', state.deadLetters, 'none');
  bindQueue(worker, 'POSTERN_NOTIFY_QUEUE_URL', state.notifications, 'send');
  bindSecret(worker, 'POSTERN_MASTER_KEY', state.masterKey);
}

/**
 * `bury` reads and ends deliveries, stores content that only a dead letter holds, and keeps letters. It sends to no queue and
 * reads no secret.
 */
export function bindBury(worker: Worker, state: State, way: WayOut): void {
  nameDeployment(worker, way);
  bindTable(worker, state.table, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'], []);
  bindContents(worker, state.contents, 'read and write');
  bindDeadLetterObjects(worker, state.contents);
  bindQueue(worker, 'POSTERN_QUEUE_URL', state.jobs, 'none');
  bindQueue(worker, 'POSTERN_DEAD_LETTER_QUEUE_URL', state.deadLetters, 'none');
  bindQueue(worker, 'POSTERN_NOTIFY_QUEUE_URL', state.notifications, 'send');
}

function bindJobs(worker: Worker, state: State, fairQueue: boolean): void {
  bindQueue(worker, 'POSTERN_QUEUE_URL', state.jobs, 'send');
  if (fairQueue) worker.setVariable('POSTERN_FAIR_QUEUE', 'true');
}

function nameReporter(worker: Worker, { tlsReportFrom }: WayOut): void {
  if (tlsReportFrom !== null) worker.setVariable('POSTERN_TLS_REPORT_FROM', tlsReportFrom);
}
