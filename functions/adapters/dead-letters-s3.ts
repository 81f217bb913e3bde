import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

import { fromAws } from './aws-errors.ts';

/** Keeps dead letters in a bucket, below `dead-letters/`, one JSON object each: the reason, and the body as it came. */
export function keepDeadLettersInS3(s3: S3Client, bucket: string) {
  return async (letter: { readonly id: string; readonly body: string; readonly why: string }): Promise<void> => {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: `dead-letters/${letter.id}.json`,
      ContentType: 'application/json',
      Body: JSON.stringify({ why: letter.why, body: letter.body }),
    });
    await fromAws('S3', () => s3.send(command));
  };
}
