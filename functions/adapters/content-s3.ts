import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

import type { EmailId } from '../core/ids.ts';
import type { ContentStore } from '../core/ports/content.ts';
import { fromAws, isAwsError } from './aws-errors.ts';

/** One request's share of a large message: small enough to hold, large enough that 25 MB are 25 requests. */
const rangeBytes = 1024 * 1024;

/**
 * Content in a bucket, one object an email. A message is read in ranges, each with a request of its own, so that a slow
 * server at the far side never holds a connection to S3 open, and memory holds one range however large the message is.
 *
 * The bucket's lifecycle rule ends the retention; `purge` has nothing to do and answers 0.
 */
export function createS3ContentStore(s3: S3Client, bucket: string): ContentStore {
  return {
    async put(id, content) {
      const command = new PutObjectCommand({ Bucket: bucket, Key: keyOf(id), Body: content });
      await fromAws('S3', () => s3.send(command));
    },
    async open(id) {
      const head = await fromAws('S3', () => headOf(s3, bucket, id));
      if (head === null) return null;
      return { sizeBytes: head.sizeBytes, chunks: () => readRanges(s3, bucket, id, head) };
    },
    purge: async () => 0,
  };
}

type Head = { readonly sizeBytes: number; readonly etag: string | undefined };

function keyOf(id: EmailId): string {
  return `content/${id}`;
}

async function headOf(s3: S3Client, bucket: string, id: EmailId): Promise<Head | null> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(id) }));
    return { sizeBytes: head.ContentLength ?? 0, etag: head.ETag };
  } catch (error) {
    // A bucket that is gone is NoSuchBucket, and no answer about the object.
    if (isAwsError(error, 'NotFound', 'NoSuchKey')) return null;
    throw error;
  }
}

// If-Match: the ranges are pieces of one and the same object, or the reading ends in an error.
async function* readRanges(s3: S3Client, bucket: string, id: EmailId, head: Head): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < head.sizeBytes; start += rangeBytes) {
    const end = Math.min(start + rangeBytes, head.sizeBytes);
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: keyOf(id),
      Range: `bytes=${start}-${end - 1}`,
      IfMatch: head.etag,
    });
    const bytes = await fromAws('S3', async () => {
      const { Body } = await s3.send(command);
      return await Body?.transformToByteArray();
    });
    if (bytes?.length !== end - start) throw new Error('The content changed while it was read.');
    yield bytes;
  }
}
