import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';

import { fromAws, isAwsError } from './aws-errors.ts';

/** More than the reader looks at; what lies behind is the mail that is returned. */
const readBytes = 1024 * 1024;

/** Reads the beginning of objects in a bucket, 1 MiB at most; `null` when there is no such object any more. */
export function readReturnedFromS3(s3: S3Client, bucket: string) {
  return (key: string): Promise<Uint8Array | null> =>
    fromAws('S3', async () => {
      try {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${readBytes - 1}` });
        const { Body } = await s3.send(command);
        return (await Body?.transformToByteArray()) ?? null;
      } catch (error) {
        // A range of an empty object cannot be satisfied (RFC 9110 §14.4).
        if (isAwsError(error, 'InvalidRange')) return new Uint8Array();
        if (isAwsError(error, 'NoSuchKey', 'NotFound')) return null;
        throw error;
      }
    });
}
