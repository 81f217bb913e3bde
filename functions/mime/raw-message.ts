import { isUtf8 } from 'node:buffer';

import { limits } from '../core/limits.ts';
import type { RawMessage } from '../core/raw-draft.ts';
import { canonicalLines } from './canonical-lines.ts';
import { nestingLimit } from './content-facts.ts';
import { bodyStart, type HeaderField, headerFields } from './header-section.ts';
import { readEntity, splitMultipart } from './mime-structure.ts';
import { faultsOfFields, textOfField } from './raw-fields.ts';

/** What the fields of a raw message say about it; `senders` are the values of the other fields that name who sends. */
export type RawFields = {
  readonly from: string;
  readonly subject: string;
  readonly senders: readonly { readonly name: string; readonly value: string }[];
};

/** A message that may be sent as it stands, or why not: one sentence a fault. */
export type RawResult =
  | { readonly ok: true; readonly message: RawMessage; readonly fields: RawFields }
  | { readonly ok: false; readonly faults: readonly string[] };

const senderFields = ['sender', 'resent-from', 'resent-sender'];

/**
 * Reads the bytes of a message somebody else composed. Line ends become CRLF (a lone CR or LF is one), Bcc and Resent-Bcc are
 * taken out; beyond that nothing changes, and what would have to change is refused: NUL, lines above 998 octets, binary
 * parts, and header fields that RFC 5322 forbids or about which readers disagree. Pure.
 */
export function readRawMessage(given: Buffer): RawResult {
  if (given.includes(0)) return refused('The message holds a NUL octet.');
  const bytes = canonicalLines(given);
  const longLine = longLineOf(bytes);
  if (longLine !== null) return refused(`Line ${longLine} has more than ${limits.lineOctets} octets.`);
  const start = bodyStart(bytes);
  const header = bytes.subarray(0, start === -1 ? bytes.length : start - 2);
  const body = start === -1 ? bytes.subarray(bytes.length) : bytes.subarray(start);
  if (header.length > limits.headerOctets) {
    return refused(`The header section has ${header.length} octets; at most ${limits.headerOctets} are accepted.`);
  }
  if (header.length === 0) return refused('There is no header section.');
  if (!isUtf8(header)) return refused('The header section is not valid UTF-8.');
  const all = headerFields(header);
  const fields = all.filter(({ name }) => name !== 'bcc' && name !== 'resent-bcc');
  const faults = faultsOfFields(fields);
  if (hasBinaryPart(bytes, 'text/plain', 0)) {
    faults.push('A part has Content-Transfer-Encoding binary, which does not survive the way; encode it in base64.');
  }
  if (faults.length > 0) return { ok: false, faults };
  const isComplete = fields.length === all.length && start !== -1;
  const valueOf = (name: string): string | null => valuesOf(fields, name)[0] ?? null;
  return {
    ok: true,
    message: {
      bytes: isComplete ? bytes : Buffer.concat([sectionOf(fields), body]),
      messageId: valueOf('message-id'),
      dated: valueOf('date') !== null,
    },
    fields: {
      from: valueOf('from') ?? '',
      subject: valueOf('subject') ?? '',
      senders: senderFields.flatMap((name) => valuesOf(fields, name).map((value) => ({ name, value }))),
    },
  };
}

function sectionOf(fields: readonly HeaderField[]): Buffer {
  return Buffer.from(`${fields.map(({ raw }) => `${raw}\r\n`).join('')}\r\n`, 'latin1');
}

function valuesOf(fields: readonly HeaderField[], name: string): string[] {
  return fields.filter((field) => field.name === name).map(textOfField);
}

// Counted from 1; `null` when there is none. The lines are canonical.
function longLineOf(bytes: Buffer): number | null {
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start) - 1;
    if (end - start > limits.lineOctets) return line;
    start = end + 2;
  }
  return null;
}

function hasBinaryPart(bytes: Buffer, defaultType: string, depth: number): boolean {
  const { body, type, boundary, encoding } = readEntity(bytes, defaultType);
  if (/^binary\b/.test(encoding)) return true;
  if (depth === nestingLimit) return false;
  if (type === 'message/rfc822') return hasBinaryPart(body, 'text/plain', depth + 1);
  if (!type.startsWith('multipart/') || boundary === null) return false;
  const partType = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
  return (splitMultipart(body, boundary) ?? []).some(
    ({ isPart, bytes: part }) => isPart && hasBinaryPart(part, partType, depth + 1),
  );
}

function refused(fault: string): RawResult {
  return { ok: false, faults: [fault] };
}
