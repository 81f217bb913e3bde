import { readNotifyTask } from '../adapters/notify-queue-sqs.ts';
import type { SqsBatchResponse, SqsEvent } from '../adapters/batch-sqs.ts';
import { limits } from '../core/limits.ts';
import { notify, type NotifyPorts } from '../core/events/notify.ts';
import { type AwsProcess, type InvocationContext, startAws } from './aws-process.ts';
import { wireDsns } from './dsns.ts';
import { sendingPorts, wireWebhookSender } from './webhooks.ts';

/**
 * Webhooks, the targets of all events, and notifications by mail, as a function on an SQS event source that reports batch item
 * failures. A body that is no task is logged and
 * dropped: what it was about is in the table, where the sweep finds it. Rejects with an Error of one sentence when it cannot
 * start.
 */
export async function startNotify(
  environment: NodeJS.ProcessEnv,
): Promise<(event: SqsEvent, context: InvocationContext) => Promise<SqsBatchResponse>> {
  const process = await startAws(environment, { dials: false });
  const { config, parts, ambient } = process;
  const ports: NotifyPorts = {
    ...parts,
    ...sendingPorts(parts, wireWebhookSender(config, ambient), ambient),
    ...(await targetsOf(process)),
    sendDsns: wireDsns(config, parts, ambient),
  };
  const { signal } = new AbortController();
  return async ({ Records }, context) => {
    const endsAt = ambient.clock.now() + context.getRemainingTimeInMillis() - limits.recordingMs;
    const failed = await Promise.all(
      Records.map(async ({ messageId, body }) => {
        try {
          const task = readNotifyTask(body);
          if (task === null) ambient.log.error('notify_task_unreadable', { message: messageId });
          else await notify(task, ports, endsAt, signal);
          return [];
        } catch (error) {
          ambient.log.error('notify_failed', { message: messageId, why: String(error) });
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
}

async function targetsOf(process: AwsProcess): Promise<Pick<NotifyPorts, 'targets'>> {
  const { eventBus, eventTopic } = process.config.aws;
  if (eventBus === null && eventTopic === null) return {};
  const { wireEventTargets } = await import('./aws-event-targets.ts');
  return { targets: wireEventTargets(process) };
}
