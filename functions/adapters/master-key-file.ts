import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

import type { Random } from '../core/ports/random.ts';

const keyBytes = 32;

/**
 * The key under which everything secret in the store is encrypted: 32 bytes in `<dataDir>/master.key`, made at the first
 * start and readable by the owner only. It lies beside the store and not in it, so that a copy of the store alone opens
 * nothing. Throws an Error of one sentence when the file cannot be read or is not such a key.
 */
export function openMasterKeyFile(dataDir: string, random: Random): Uint8Array {
  const file = path.join(dataDir, 'master.key');
  const key = readKey(file) ?? createKey(file, random);
  if (key.length === keyBytes) return key;
  throw new Error(`${file} holds ${key.length} bytes instead of a key of ${keyBytes}: put the right file back.`);
}

function readKey(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${file} cannot be read: ${String(error)}.`, { cause: error });
  }
}

// What is sealed under a key that a crash has lost can never be opened: the file is whole and on disk before the key is used.
function createKey(file: string, random: Random): Uint8Array {
  const key = random.bytes(keyBytes);
  const directory = path.dirname(file);
  const aside = `${file}.new`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  synced(openSync(aside, 'w', 0o600), (descriptor) => writeSync(descriptor, key));
  renameSync(aside, file);
  synced(openSync(directory, 'r'));
  return key;
}

function synced(descriptor: number, change?: (descriptor: number) => void): void {
  try {
    change?.(descriptor);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
