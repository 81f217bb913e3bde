import type { Content } from '../core/ports/content.ts';
import { bounds } from './bounds.ts';

/** The content in blocks of exactly `bounds.blockBytes`, the last one smaller; pieces that fit are not copied. */
export async function* blocksOf(content: Content): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of content.chunks()) {
    let from = 0;
    while (from < chunk.length) {
      const piece = chunk.subarray(from, from + bounds.blockBytes - heldBytes);
      from += piece.length;
      held.push(piece);
      heldBytes += piece.length;
      if (heldBytes === bounds.blockBytes) {
        yield one(held);
        held = [];
        heldBytes = 0;
      }
    }
  }
  if (heldBytes > 0) yield one(held);
}

/** Content of at most one block, whole. Throws if it is not of the size it declared: what was signed is not what is there. */
export async function wholeOf(content: Content): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of content.chunks()) pieces.push(chunk);
  const whole = one(pieces);
  if (whole.length !== content.sizeBytes) {
    throw new Error(`The content has ${whole.length} octets instead of the declared ${content.sizeBytes}.`);
  }
  return whole;
}

function one(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
