import { randomFillSync } from 'node:crypto';

import type { Random } from '../core/ports/random.ts';

const poolBytes = 4_096;
const fractionBytes = 6;

// A call to the operating system costs more than the bytes do; each byte of the pool is handed out once.
const pool = Buffer.allocUnsafeSlow(poolBytes);
let used = poolBytes;

function take(length: number): Buffer {
  if (length > poolBytes) return randomFillSync(Buffer.allocUnsafe(length));
  if (used + length > poolBytes) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + length));
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}

/** Randomness of the operating system, fetched in pieces and handed out once. */
export const systemRandom: Random = {
  bytes: take,
  fraction: () => take(fractionBytes).readUIntBE(0, fractionBytes) / 2 ** (8 * fractionBytes),
};
