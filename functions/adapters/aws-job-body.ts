import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

import type { Job } from '../core/ports/queue.ts';
import { readJob } from '../core/read-job.ts';

/** What a body holds, or why it cannot be read; and whose it is nevertheless, if it says so. */
export type ParsedJob =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'malformed'; readonly why: string; readonly names: JobNames | null };

type JobNames = Pick<Job, 'deliveryId' | 'emailId' | 'projectId'>;

/** Four of the 64 KB units that SQS charges for, less room for the names: beyond it one object in S3 is the better place. */
const packedCharacters = 200_000;
/** However well it compresses: a worker holds the content of a whole batch of jobs in memory. */
const contentBytes = 1024 * 1024;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const packings = new WeakMap<Uint8Array, Promise<string>>();

/** Whether a job can carry this content. */
export async function fitsInJob(content: Uint8Array): Promise<boolean> {
  return content.length <= contentBytes && (await packed(content)).length <= packedCharacters;
}

/** The body of a message: JSON, the content in it as Zstandard (RFC 8878) in base64. ASCII but for ids that are not. */
export async function jobBody({ content, ...names }: Job): Promise<string> {
  return JSON.stringify(content.kind === 'stored' ? names : { ...names, content: await packed(content.bytes) });
}

/** Reads a body that an older or newer version of the program, or a hand, may have written. Never rejects. */
export async function parseJobBody(body: string): Promise<ParsedJob> {
  const read = readJob(body);
  if (read.kind === 'malformed') return { ...read, names: null };
  const { content } = read.fields;
  if (content === undefined) return { kind: 'job', job: { ...read.names, content: { kind: 'stored' } } };
  const bytes = typeof content === 'string' ? await unpacked(content) : null;
  if (bytes === null) {
    const { deliveryId, emailId, projectId } = read.names;
    return {
      kind: 'malformed',
      why: 'The content in the job cannot be unpacked.',
      names: { deliveryId, emailId, projectId },
    };
  }
  return { kind: 'job', job: { ...read.names, content: { kind: 'inline', bytes } } };
}

// The jobs of one email carry the same bytes, and whether they fit was asked before: packed once.
function packed(content: Uint8Array): Promise<string> {
  const known = packings.get(content);
  if (known !== undefined) return known;
  const packing = compress(content).then((bytes) => bytes.toString('base64'));
  packings.set(content, packing);
  return packing;
}

async function unpacked(text: string): Promise<Uint8Array | null> {
  try {
    return await decompress(Buffer.from(text, 'base64'), { maxOutputLength: contentBytes });
  } catch {
    return null;
  }
}
