import { randomBytes } from 'node:crypto';

import type { Random } from '../core/ports/random.ts';

const fractionBytes = 6;

/** Randomness of the operating system. */
export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  fraction: () => randomBytes(fractionBytes).readUIntBE(0, fractionBytes) / 2 ** (8 * fractionBytes),
};
