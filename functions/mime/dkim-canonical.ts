import { RelaxedHash } from 'mailauth/lib/dkim/body/relaxed.js';

import { limits } from '../core/limits.ts';
import type { Content } from '../core/ports/content.ts';
import { asBuffer } from './content-facts.ts';
import { bodyStart, headerFields, type HeaderField } from './header-section.ts';

/** A header section may be this long: raw mail brings trace fields along, which the limit for our own does not count. */
const headerOctets = 2 * limits.headerOctets;
/** The event loop gets a turn after so many octets, about 10 ms of hashing. */
const octetsPerTurn = 1024 * 1024;

/** What signing needs of a message; the body itself has gone by. */
export type MessageDigest = { readonly fields: readonly HeaderField[]; readonly bodyHash: string };

/** A field in relaxed canonical form (RFC 6376 §3.4.2), one character per octet, without CRLF. */
export function relaxedField(raw: string): string {
  const line = raw.replaceAll('\r\n', '');
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trimEnd().toLowerCase();
  const value = line.slice(colon + 1).replace(/[ \t]+/g, ' ');
  return `${name}:${value.replace(/^ | $/g, '')}`;
}

/** Reads content once, holding no more than its header section; `null` when that does not end within 128 KiB. */
export async function digestOf(content: Content): Promise<MessageDigest | null> {
  const hash = new RelaxedHash('sha256');
  let head: Buffer = Buffer.alloc(0);
  let fields: HeaderField[] | null = null;
  for await (const piece of piecesOf(content)) {
    if (fields !== null) {
      hash.update(piece);
      continue;
    }
    head = head.length === 0 ? piece : Buffer.concat([head, piece]);
    const start = bodyStart(head);
    if (start > headerOctets || (start === -1 && head.length > headerOctets)) return null;
    if (start === -1) continue;
    fields = headerFields(head.subarray(0, start));
    hash.update(head.subarray(start));
  }
  // Without an empty line everything is header (RFC 5322 §3.5), and the body is empty.
  return { fields: fields ?? headerFields(head), bodyHash: hash.digest('base64') };
}

async function* piecesOf(content: Content): AsyncIterable<Buffer> {
  let octets = 0;
  for await (const chunk of content.chunks()) {
    for (let at = 0; at < chunk.length; at += octetsPerTurn) {
      const piece = asBuffer(chunk).subarray(at, at + octetsPerTurn);
      octets += piece.length;
      if (octets >= octetsPerTurn) {
        octets = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield piece;
    }
  }
}
