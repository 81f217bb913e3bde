import { existsSync, readFileSync } from 'node:fs';

const headerBytes = 32;
const frameHeaderBytes = 24;
const saltBytes = { start: 8, end: 16 };
/** The header's magic number when the words of the checksums are little-endian; one more when they are big-endian. */
const littleEndianMagic = 0x377f0682;

type Sum = readonly [number, number];

/**
 * Whether the log at `path` holds acknowledged commits behind the first `readable` frames, which are those that SQLite takes
 * for good. It ends at the first frame whose checksum is wrong, and that is right for a torn tail: every commit is synced
 * before the next one begins, so a crash can tear the last transaction only, which nobody was told of. Anything more behind
 * that frame was acknowledged, and the frame is damaged; so it is when one flipped bit explains the difference.
 * (https://www.sqlite.org/fileformat2.html#walformat)
 */
export function hasUnreadableCommits(path: string, readable: number): boolean {
  const log = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  if (log.length < headerBytes) return false;
  const little = log.readUInt32BE(0) === littleEndianMagic;
  const header = checksum(log.subarray(0, headerBytes - 8), [0, 0], little);
  // A crash before the first sync of a log can leave a header of zeros, and nothing was acknowledged then.
  if (!isSame(header, sumAt(log, headerBytes - 8))) return log.subarray(0, headerBytes).some((byte) => byte !== 0);
  const frames = framesOf(log);
  const salts = log.subarray(16, 24);
  const ours = frames.map((frame) => distance(saltsOf(frame), salts) === 0);
  const commit = frames.findIndex((frame, index) => index >= readable && ours[index] && frame.readUInt32BE(4) !== 0);
  if (commit !== -1 && commit < ours.lastIndexOf(true)) return true;
  return endsAtFlippedBit(frames.slice(readable), salts, sumBefore(frames, readable, header), little);
}

function framesOf(log: Buffer): Buffer[] {
  const frameBytes = frameHeaderBytes + log.readUInt32BE(8);
  const count = Math.floor((log.length - headerBytes) / frameBytes);
  return Array.from({ length: count }, (_, index) => {
    const start = headerBytes + index * frameBytes;
    return log.subarray(start, start + frameBytes);
  });
}

function saltsOf(frame: Buffer): Buffer {
  return frame.subarray(saltBytes.start, saltBytes.end);
}

function sumBefore(frames: readonly Buffer[], index: number, header: Sum): Sum {
  const before = frames[index - 1];
  return before === undefined ? header : sumAt(before, 16);
}

// A frame's checksum covers the first 8 bytes of its header and the page, and goes on from the frame before. The last
// transaction may begin with frames that are sound: the chain is followed to the one where it breaks.
function endsAtFlippedBit(frames: readonly Buffer[], salts: Buffer, start: Sum, little: boolean): boolean {
  let before = start;
  for (const frame of frames) {
    const covered = Buffer.concat([frame.subarray(0, 8), frame.subarray(frameHeaderBytes)]);
    const computed = checksum(covered, before, little);
    const stored = sumAt(frame, 16);
    const inSalts = distance(saltsOf(frame), salts);
    if (!isSame(computed, stored)) return inSalts === 0 && isOneBitOff(computed, stored, covered, little);
    if (inSalts !== 0) return inSalts === 1;
    before = stored;
  }
  return false;
}

function isOneBitOff(computed: Sum, stored: Sum, covered: Buffer, little: boolean): boolean {
  const inTheSum = bitsIn(computed[0] ^ stored[0]) + bitsIn(computed[1] ^ stored[1]);
  return inTheSum === 1 || isMendedByOneBit([stored[0] - computed[0], stored[1] - computed[1]], covered, little);
}

/**
 * The checksum is linear: a change by `d` in the first or second word of a pair reaches the end as (d, d) or (0, d), carried
 * through the pairs behind it, each of which makes (a, b) into (a + b, a + 2b). So every bit is tried by two products.
 */
function isMendedByOneBit(missing: Sum, covered: Buffer, little: boolean): boolean {
  let first: Sum = [1, 1];
  let second: Sum = [0, 1];
  for (let at = covered.length - 8; at >= 0; at -= 8) {
    if (isMendedByBitOf(wordAt(covered, at, little), first, missing)) return true;
    if (isMendedByBitOf(wordAt(covered, at + 4, little), second, missing)) return true;
    first = carried(first);
    second = carried(second);
  }
  return false;
}

function carried([a, b]: Sum): Sum {
  return [(a + b) | 0, (a + 2 * b) | 0];
}

function isMendedByBitOf(word: number, [a, b]: Sum, missing: Sum): boolean {
  for (let bit = 0; bit < 32; bit++) {
    const change = (word & (1 << bit)) === 0 ? 1 << bit : -(1 << bit);
    if (isSame([Math.imul(a, change), Math.imul(b, change)], missing)) return true;
  }
  return false;
}

function checksum(bytes: Buffer, start: Sum, little: boolean): Sum {
  let [a, b] = start;
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + b + wordAt(bytes, at, little)) | 0;
    b = (b + a + wordAt(bytes, at + 4, little)) | 0;
  }
  return [a, b];
}

function wordAt(bytes: Buffer, at: number, little: boolean): number {
  return little ? bytes.readInt32LE(at) : bytes.readInt32BE(at);
}

function sumAt(bytes: Buffer, at: number): Sum {
  return [bytes.readInt32BE(at), bytes.readInt32BE(at + 4)];
}

function isSame([a, b]: Sum, [c, d]: Sum): boolean {
  return (a | 0) === (c | 0) && (b | 0) === (d | 0);
}

function distance(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, index) => sum + bitsIn(byte ^ (b[index] ?? 0)), 0);
}

function bitsIn(word: number): number {
  return Array.from({ length: 32 }, (_, bit) => (word >>> bit) & 1).reduce((sum, bit) => sum + bit, 0);
}
