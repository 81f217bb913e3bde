import type { Content } from '../core/ports/content.ts';
import { bounds } from './bounds.ts';

/**
 * The content in blocks of exactly `bounds.blockBytes`, the last one smaller; pieces that fit are not copied. Throws, before
 * it ends, if the content is not of the size it declared: a message cut short must not be completed.
 */
export async function* blocksOf(content: Content): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let seenBytes = 0;
  for await (const chunk of content.chunks()) {
    seenBytes += chunk.length;
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
  requireSize(seenBytes, content);
  if (heldBytes > 0) yield one(held);
}

/** Content of at most one block, whole. Throws if it is not of the size it declared. */
export async function wholeOf(content: Content): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of content.chunks()) pieces.push(chunk);
  const whole = one(pieces);
  requireSize(whole.length, content);
  return whole;
}

function requireSize(octets: number, content: Content): void {
  if (octets === content.sizeBytes) return;
  throw new Error(`The content has ${octets} octets instead of the declared ${content.sizeBytes}.`);
}

function one(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
