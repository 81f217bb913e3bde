import { readDeadLetters, type SqsBatchResponse, type SqsEvent } from '../adapters/batch-sqs.ts';
import { classify } from '../bounce/classify.ts';
import { bury, type BuryPorts } from '../core/bury.ts';
import { startAws } from './aws-process.ts';

/**
 * The consumer of the dead-letter queue, as a function on an event source that reports batch item failures. Rejects with an
 * Error of one sentence when it cannot start.
 */
export async function startBury(
  environment: NodeJS.ProcessEnv,
): Promise<(event: SqsEvent) => Promise<SqsBatchResponse>> {
  const { config, parts, clients, ambient } = await startAws(environment, { dials: false, seals: false });
  const ports: BuryPorts = {
    ...ambient,
    ...parts,
    classify,
    async keep(letter) {
      const [{ keepDeadLettersInS3 }, s3] = await Promise.all([import('./aws-contents.ts'), clients.s3()]);
      await keepDeadLettersInS3(s3, config.aws.bucket)(letter);
    },
  };
  return async (event) => {
    const again = await bury(await readDeadLetters(event), ports);
    return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
