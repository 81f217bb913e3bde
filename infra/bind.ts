import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

import type { EventTargets } from './event-targets.ts';
import type { EnvironmentName, SecretSetting, Worker } from './worker.ts';

type TableAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

// A function's rights on each resource are made here and in bind-bucket.ts, next to the variable that names it; nothing else
// grants any, but for the event source, which lets its function receive and delete.

/** Gives the table: its name, these calls on its items, and queries of these indexes. */
export function bindTable(
  worker: Worker,
  table: TableV2,
  actions: readonly TableAction[],
  indexes: readonly ('listing' | 'due')[],
): void {
  worker.setVariable('POSTERN_TABLE', table.tableName);
  worker.grant(
    statement(
      actions.map((action) => `dynamodb:${action}`),
      [table.tableArn],
    ),
  );
  if (indexes.length === 0) return;
  worker.grant(
    statement(
      ['dynamodb:Query'],
      indexes.map((index) => `${table.tableArn}/index/${index}`),
    ),
  );
}

/** Gives a queue's URL under a name; and to send to it, or no right, since every function reads both names at its start. */
export function bindQueue(
  worker: Worker,
  name: Extract<EnvironmentName, `${string}_QUEUE_URL`>,
  queue: Queue,
  access: 'send' | 'none',
): void {
  worker.setVariable(name, queue.queueUrl);
  if (access === 'send') worker.grant(statement(['sqs:SendMessage'], [queue.queueArn]));
}

/** Gives a secret: its ARN under the setting's name with `_SECRET_ARN`, and to read it. The value is in no variable. */
export function bindSecret(worker: Worker, setting: SecretSetting, secret: Pick<ISecret, 'secretArn'>): void {
  worker.setVariable(`${setting}_SECRET_ARN`, secret.secretArn);
  worker.grant(statement(['secretsmanager:GetSecretValue'], [secret.secretArn]));
}

/** Lets events be sent to what gets all of them; the variables that name it are every process's (name-deployment.ts). */
export function bindEventTargets(worker: Worker, { bus, topic }: EventTargets): void {
  if (bus !== null) worker.grant(statement(['events:PutEvents'], [bus]));
  if (topic !== null) worker.grant(statement(['sns:Publish'], [topic]));
}

function statement(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [...resources] });
}
