import type { SqsBatchResponse, SqsEvent } from '../adapters/batch-sqs.ts';
import { readObjectEvents } from '../adapters/object-events.ts';
import { lazily } from '../http/lazily.ts';
import { startAws } from './aws-process.ts';
import { wireReports } from './reports.ts';

/** Where SES puts what it receives (infra/returned-mail.ts). */
const prefix = 'returned/';

/**
 * Returned mail that SES receives, as a function on an SQS event source that reports batch item failures: S3 tells the queue of
 * each object, and what follows from it is on record before the message goes. Objects stay until the bucket's lifecycle ends
 * them. A body that is no notification, or an object that is gone, is logged and dropped. Rejects with an Error of one sentence
 * when it cannot start.
 */
export async function startIntake(
  environment: NodeJS.ProcessEnv,
): Promise<(event: SqsEvent) => Promise<SqsBatchResponse>> {
  const { config, clients, parts, ambient } = await startAws(environment, { dials: false });
  if (config.returnPath === null) {
    throw new Error('POSTERN_RETURN_PATH_DOMAIN is not set: without it, nothing that comes back can be believed.');
  }
  const takeReport = wireReports(config, parts, ambient);
  const { bucket } = config.aws;
  const reader = lazily(async () => {
    const [{ readReturnedFromS3 }, s3] = await Promise.all([import('./aws-contents.ts'), clients.s3()]);
    return readReturnedFromS3(s3, bucket);
  });
  const isTaken = async (key: string): Promise<boolean> => {
    const message = await (await reader())(key);
    if (message === null) {
      ambient.log.error('returned_mail_missing', { key });
      return true;
    }
    const { mail, token, settled } = await takeReport(message, { projectId: null, dryRun: false });
    ambient.log.info('returned_mail_read', { key, kind: mail.kind, token, settled });
    return settled;
  };
  return async ({ Records }) => {
    const failed = await Promise.all(
      Records.map(async ({ messageId, body }) => {
        try {
          const keys = readObjectEvents(body, bucket, prefix);
          if (keys === null) ambient.log.error('object_event_unreadable', { message: messageId });
          const taken = await Promise.all((keys ?? []).map(isTaken));
          return taken.every(Boolean) ? [] : [{ itemIdentifier: messageId }];
        } catch (error) {
          ambient.log.error('intake_failed', { message: messageId, why: String(error) });
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
}
