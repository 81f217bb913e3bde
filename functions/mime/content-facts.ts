import { isAscii } from 'node:buffer';

import type { ContentFacts } from '../core/email.ts';
import { limits } from '../core/limits.ts';
import { readEntity, splitMultipart } from './mime-structure.ts';

/** Parts nested deeper than this are taken as they are, whatever they claim to be. */
export const nestingLimit = 32;

/** What a transaction must know of a message. Header fields of nested parts count as header fields (RFC 6531 §3.2). */
export function factsOf(bytes: Uint8Array): ContentFacts {
  const eightBit = !isAscii(bytes);
  return {
    sizeBytes: bytes.length,
    eightBit,
    utf8Headers: eightBit && hasUtf8Header(asBuffer(bytes), 'text/plain', 0),
  };
}

/** Why bytes may not go on the wire as lines: a bare CR or LF, or more than 998 octets in one (RFC 5321 §4.5.3.1.6); else `null`. */
export function lineFault(bytes: Uint8Array): string | null {
  const buffer = asBuffer(bytes);
  for (let start = 0; start < buffer.length;) {
    const lf = buffer.indexOf(0x0a, start);
    const cr = buffer.indexOf(0x0d, start);
    const isBare = lf === -1 ? cr !== -1 : cr === -1 || cr !== lf - 1;
    if (isBare) return `bare CR or LF in the line at octet ${start}`;
    const end = lf === -1 ? buffer.length : cr;
    if (end - start > limits.lineOctets) return `line of ${end - start} octets at octet ${start}`;
    start = end + 2;
  }
  return null;
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hasUtf8Header(bytes: Buffer, defaultType: string, depth: number): boolean {
  if (isAscii(bytes)) return false;
  const { header, body, type, boundary } = readEntity(bytes, defaultType);
  if (!isAscii(header)) return true;
  if (depth === nestingLimit) return false;
  if (type === 'message/rfc822') return hasUtf8Header(body, 'text/plain', depth + 1);
  if (!type.startsWith('multipart/') || boundary === null) return false;
  const partType = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
  return (splitMultipart(body, boundary) ?? []).some(
    ({ isPart, bytes: part }) => isPart && hasUtf8Header(part, partType, depth + 1),
  );
}
