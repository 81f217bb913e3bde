import { isAscii } from 'node:buffer';

import { lineFault } from './content-facts.ts';

/** A body part before it is encoded. `asIs`: its octets may not be encoded (RFC 2046 §5.2.1). */
export type Part = { readonly type: string; readonly body: Buffer; readonly asIs?: true };

/** Text for a person; lines end with LF. */
export function plainPart(text: string): Part {
  const body = Buffer.from(text.replaceAll('\n', '\r\n'));
  return { type: `text/plain; charset=${isAscii(body) ? 'us-ascii' : 'utf-8'}`, body };
}

/** The part with its header, as it stands behind a boundary: in lines of ASCII wherever it may be encoded. */
export function writtenPart({ type, body, asIs }: Part): readonly Buffer[] {
  const plain = isAscii(body);
  if (asIs) return [header(type, plain ? '7bit' : '8bit'), body];
  if (plain && lineFault(body) === null) return [header(type, '7bit'), body];
  return [header(type, 'base64'), Buffer.from(body.toString('base64').replace(/.{76}(?!$)/g, '$&\r\n'))];
}

function header(type: string, encoding: string): Buffer {
  return Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`);
}
