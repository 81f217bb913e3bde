import { isAscii, isUtf8 } from 'node:buffer';

import { wrap as wrapBase64 } from 'nodemailer/lib/base64';
import { encode as quote, wrap as wrapQuoted } from 'nodemailer/lib/qp';

import { nestingLimit } from './content-facts.ts';
import { fieldValue } from './header-section.ts';
import { readEntity, splitMultipart, type Entity } from './mime-structure.ts';

/** Encoders work on strings; slices keep those small whatever the size of a part. A multiple of 57, which makes whole lines of base64. */
const sliceOctets = 57 * 1024;
/** Above this share of octets that cost three in quoted-printable, base64 is shorter. */
const quotedShare = 1 / 6;

/**
 * The message in octets below 128 (RFC 6152 §3): each part with 8-bit text becomes quoted-printable or base64, at any depth,
 * and says so; everything else keeps its bytes. The pieces in order are the message; they and the input, which they share
 * what did not change with, are in memory at the same time. Any bytes are taken: a multipart that cannot be split is encoded as a whole, and
 * octets where no encoding exists (a preamble, a part that claims to be base64) become question marks. Header fields in UTF-8
 * stay, since nothing can stand for them: such a message has `utf8Headers` and needs SMTPUTF8.
 */
export function toSevenBit(message: Buffer): Buffer[] {
  if (isAscii(message)) return [message];
  const pieces = converted(message, 'text/plain', 0);
  const last = pieces.at(-1);
  return last === undefined || last.subarray(-2).equals(Buffer.from('\r\n'))
    ? pieces
    : [...pieces, Buffer.from('\r\n')];
}

function converted(bytes: Buffer, defaultType: string, depth: number): Buffer[] {
  if (isAscii(bytes)) return [bytes];
  const entity = readEntity(bytes, defaultType);
  const { header, body, type, boundary } = entity;
  if (isAscii(body)) return [bytes];
  if (type === 'message/rfc822' && depth < nestingLimit) {
    return [identityEncoded(entity), ...converted(body, 'text/plain', depth + 1)];
  }
  if (!type.startsWith('multipart/')) return encodedLeaf(entity, depth === 0);
  const stretches = boundary === null || depth === nestingLimit ? null : splitMultipart(body, boundary);
  if (stretches === null) return [encodingSet(header, 'quoted-printable'), ...quotedPrintable(body)];
  const partType = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
  return [
    identityEncoded(entity),
    ...stretches.flatMap(({ isPart, bytes: part }) =>
      isPart ? converted(part, partType, depth + 1) : [questioned(part)],
    ),
  ];
}

function encodedLeaf(entity: Entity, isMessage: boolean): Buffer[] {
  const { header, body, type, encoding } = entity;
  switch (encoding) {
    case 'base64':
      return [header, questioned(body)];
    case 'quoted-printable':
      return [header, ...slices(body).map((slice) => Buffer.from(wrapQuoted(escaped(slice)), 'latin1'))];
    case '7bit':
    case '8bit':
    case 'binary': {
      const labelled = isMessage ? asMime(entity) : header;
      return type.startsWith('text/') && shareOfQuoted(body) < quotedShare
        ? [encodingSet(labelled, 'quoted-printable'), ...quotedPrintable(body)]
        : [encodingSet(labelled, 'base64'), ...base64(body)];
    }
    // An encoding nobody knows: its octets are data, and must come through as they are (RFC 2045 §6.4).
    default:
      return [encodingSet(header, 'base64'), ...base64(body)];
  }
}

function quotedPrintable(body: Buffer): Buffer[] {
  return slices(body).map((slice) => Buffer.from(wrapQuoted(quote(slice)), 'latin1'));
}

function base64(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < body.length; at += sliceOctets) {
    const end = at + sliceOctets < body.length ? '\r\n' : '';
    lines.push(Buffer.from(wrapBase64(body.toString('base64', at, at + sliceOctets)) + end, 'latin1'));
  }
  return lines;
}

// Cut after line ends only: whitespace at the end of a slice is then never at the end of a line.
function slices(body: Buffer): Buffer[] {
  const result: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const lf = body.indexOf(0x0a, at + sliceOctets);
    const end = lf === -1 ? body.length : lf + 1;
    result.push(body.subarray(at, end));
    at = end;
  }
  return result;
}

function escaped(slice: Buffer): string {
  return slice
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase()}`);
}

function questioned(bytes: Buffer): Buffer {
  return isAscii(bytes) ? bytes : Buffer.from(bytes.toString('latin1').replace(/[\x80-\xff]/g, '?'), 'latin1');
}

function shareOfQuoted(body: Buffer): number {
  let count = 0;
  for (let at = 0; at < body.length; at++) {
    const octet = body[at] ?? 0;
    if (octet > 0x7e || octet === 0x3d) count++;
  }
  return count / body.length;
}

// A multipart or message holds 7-bit parts now, and may not claim more than that (RFC 2045 §6.4).
function identityEncoded({ header, encoding }: Entity): Buffer {
  return encoding === '7bit' ? header : encodingSet(header, '7bit');
}

// Without MIME-Version nobody would decode the body; RFC 1428 §3 names the character set of unlabelled 8-bit text.
function asMime({ header, body, fields }: Entity): Buffer {
  const version = fieldValue(fields, 'mime-version') === null ? 'MIME-Version: 1.0\r\n' : '';
  const charset = isUtf8(body) ? 'utf-8' : 'unknown-8bit';
  const type = fieldValue(fields, 'content-type') === null ? `Content-Type: text/plain; charset=${charset}\r\n` : '';
  return withFields(header, version + type);
}

function encodingSet(header: Buffer, encoding: string): Buffer {
  let isSet = false;
  const text = header
    .toString('latin1')
    .replace(/(^|\r\n)content-transfer-encoding[ \t]*:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*/gi, (_, before: string) => {
      if (isSet) return '';
      isSet = true;
      return `${before}Content-Transfer-Encoding: ${encoding}`;
    });
  const kept = Buffer.from(text, 'latin1');
  return isSet ? kept : withFields(kept, `Content-Transfer-Encoding: ${encoding}\r\n`);
}

function withFields(header: Buffer, fields: string): Buffer {
  const end = header.length - 2;
  return Buffer.concat([header.subarray(0, end), Buffer.from(fields, 'latin1'), header.subarray(end)]);
}
