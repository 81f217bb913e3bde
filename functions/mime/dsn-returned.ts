import { isAscii } from 'node:buffer';

import type { Dsn } from '../core/dsn/dsn.ts';
import type { Email } from '../core/email.ts';
import { limits } from '../core/limits.ts';
import type { Content } from '../core/ports/content.ts';
import { factsOf } from './content-facts.ts';
import { mailDate } from './dsn-status.ts';
import { bodyStart } from './header-section.ts';
import { foldedField, freeTextField, phrase } from './header-text.ts';
import type { Part } from './written-part.ts';

/**
 * What comes back of the email (RFC 6522 §3): all of it where that is wanted, it is not too long, and no TLS was demanded for
 * it; else its header fields, or those that are on record when the content is not kept any more.
 */
export async function returnedPart({ request, about, kind }: Dsn, original: Content | null): Promise<Part> {
  if (original === null) return headerPart(recordedFields(about));
  // RFC 3461 §6.2: what was delivered need not come back.
  const isWhole =
    request.ret === 'full' &&
    kind === 'failure' &&
    original.sizeBytes <= limits.dsnReturnedOctets &&
    about.tls !== 'required' &&
    about.tls !== 'requiretls';
  return isWhole ? messagePart(await allOf(original)) : headerPart(await headerOf(original));
}

// RFC 6532 §3.7: the content of a message/global may be encoded, unlike that of a message/rfc822.
function messagePart(body: Buffer): Part {
  if (factsOf(body).utf8Headers) return { type: 'message/global', body };
  return { type: 'message/rfc822', body, asIs: true };
}

function headerPart(body: Buffer): Part {
  return { type: isAscii(body) ? 'text/rfc822-headers' : 'message/global-headers', body };
}

function recordedFields({ createdAt, from, subject, messageId }: Email): Buffer {
  const [, name = '', address = from] = /^(.+) <([^<>]+)>$/.exec(from) ?? [];
  const fields = [
    `Date: ${mailDate(createdAt)}`,
    `From: ${name === '' ? '' : `${phrase(name)} `}<${address}>`,
    freeTextField('Subject', subject),
    foldedField('Message-ID', messageId),
  ];
  return Buffer.from(`${fields.join('\r\n')}\r\n`);
}

async function allOf(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function headerOf(content: Content): Promise<Buffer> {
  let read = Buffer.alloc(0);
  for await (const chunk of content.chunks()) {
    read = Buffer.concat([read, chunk]);
    const end = bodyStart(read);
    if (end !== -1) return read.subarray(0, end);
    if (read.length > limits.headerOctets) break;
  }
  return read.subarray(0, limits.headerOctets);
}
