// What is only loaded when content goes to the object store, or comes from there.
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

export { keepDeadLettersInS3 } from '../adapters/dead-letters-s3.ts';
export { readReturnedFromS3 } from '../adapters/returned-mail-s3.ts';
export { createS3ContentStore } from '../adapters/content-s3.ts';

/** A client for the life of the process. */
export function createS3Client(settings: S3ClientConfig): S3Client {
  return new S3Client(settings);
}
