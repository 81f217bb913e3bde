import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import { dkimVerify } from 'mailauth/lib/dkim/verify.js';

import type { Content } from '../../functions/core/ports/content.ts';
import type { DkimKey } from '../../functions/mime/dkim-key-ring.ts';
import { dkimRecord, parseDkimKeys } from '../../functions/mime/dkim-keys.ts';

export const rsaPem = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
export const ed25519Pem = pemOf(generateKeyPairSync('ed25519').privateKey);

/** An RSA and an Ed25519 key of one domain. */
export function keysFor(domain: string): readonly DkimKey[] {
  const result = parseDkimKeys([
    { source: 'first', domain, selector: 'ed', key: ed25519Pem },
    { source: 'second', domain, selector: 'rsa', key: rsaPem },
  ]);
  if (!result.ok) throw new Error(result.why);
  return result.keys;
}

/** What mailauth's verifier says of each signature of a message, given the records of our keys. */
export async function verdicts(message: Uint8Array, keys: readonly DkimKey[], at = new Date()): Promise<string[]> {
  const records = new Map(keys.map(dkimRecord).map(({ name, value }) => [name, value]));
  const { results } = await dkimVerify(Buffer.from(message), {
    curTime: at,
    resolver: (name) => Promise.resolve([[records.get(name) ?? 'none']]),
  });
  return results.map(({ status, algo }) => `${algo} ${status.result}`);
}

export function contentOf(bytes: Uint8Array, ...cuts: readonly number[]): Content {
  const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return {
    sizeBytes: bytes.length,
    chunks: () => ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end)),
  };
}

export async function bytesOf(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
