import { largeBuffer } from '../../core/large-buffer.ts';

const largeBytes = 1024 * 1024;

/**
 * Decodes strict base64 (RFC 4648 §4): whole quanta, padded, no other characters, no bits left over; `null` for anything
 * else. Costs one decoding: the decoder skips what it does not know, so a foreign character shows in the length.
 */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  // The decoder would also take the URL alphabet, and the low byte of a character beyond Latin-1.
  if (text.includes('-') || text.includes('_') || Buffer.byteLength(text) !== text.length) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = (text.length / 4) * 3 - padding;
  const bytes = length > largeBytes ? decodedApart(text, length) : Buffer.from(text, 'base64');
  if (bytes.length !== length) return null;
  const lastQuantum = bytes.subarray(bytes.length - (padding === 0 ? 3 : 3 - padding));
  return text === '' || text.endsWith(lastQuantum.toString('base64')) ? bytes : null;
}

function decodedApart(text: string, length: number): Buffer {
  const target = largeBuffer(length);
  return target.subarray(0, target.write(text, 'base64'));
}
