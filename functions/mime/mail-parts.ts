import PostalMime, { type Email } from 'postal-mime';

import type { MailField, MailParts } from '../core/returned/returned-mail.ts';
import { readableText } from './encoded-words.ts';
import { bodyStart, fieldValue, headerFields } from './header-section.ts';

const KiB = 1024;
/** A report stands in front of the mail that it returns (RFC 6522 §3), so its length does not depend on that one's. */
const mostOctets = 512 * KiB;
/** What the parser costs is counted in lines. A report with a picture in its text has some thousands. */
const mostLines = 8_192;
const mostParts = 64;
const mostPartOctets = 128 * KiB;
const mostFieldCharacters = 8 * KiB;
const mostFields = 500;

const bounds = {
  // The mail that is returned is evidence, not text of this one.
  forceRfc822Attachments: true,
  maxNestingDepth: 16,
  maxHeadersSize: 256 * KiB,
};

/**
 * Takes a mail apart, whatever its bytes: transfer encodings and character sets are decoded, line ends of any kind are taken, a
 * line of a mailbox file before the header (`From `) is passed over. Only the first 512 KiB and 8,192 lines are looked at, 64 parts of 128 KiB and
 * 16 levels; a mail that the parser refuses is one part of text. Never rejects.
 */
export async function mailParts(message: Uint8Array): Promise<MailParts> {
  const bytes = firstLines(withoutEnvelopeLine(message).subarray(0, mostOctets));
  try {
    const parts = partsOf(await PostalMime.parse(bytes, bounds));
    // A multipart whose boundary never comes has no part, and still says something.
    return parts.text === '' && parts.parts.length === 0 ? { ...parts, text: plainText(bytes).text } : parts;
  } catch {
    return plainText(bytes);
  }
}

function partsOf({ headers, text, html, attachments }: Email): MailParts {
  return {
    fields: headers.slice(0, mostFields).map(({ key, value }) => field(key, value)),
    text: (text ?? textOfHtml(html ?? '')).slice(0, mostPartOctets),
    parts: attachments.slice(0, mostParts).map(({ mimeType, content }) => ({
      type: mimeType.toLowerCase(),
      text: typeof content === 'string' ? content.slice(0, mostPartOctets) : decoded(new Uint8Array(content)),
    })),
  };
}

function plainText(bytes: Uint8Array): MailParts {
  const canonical = Buffer.from(Buffer.from(bytes).toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
  const start = bodyStart(canonical);
  const fields = headerFields(canonical.subarray(0, start === -1 ? canonical.length : start)).slice(0, mostFields);
  return {
    fields: fields.filter(({ name }) => name !== '').map((one) => field(one.name, fieldValue([one], one.name) ?? '')),
    text: start === -1 ? '' : decoded(canonical.subarray(start)).replaceAll('\r\n', '\n'),
    parts: [],
  };
}

function field(name: string, value: string): MailField {
  return { name, value: readableText(value.slice(0, mostFieldCharacters)) };
}

// RFC 6533 §3 makes the fields UTF-8; what is not comes from before it.
function decoded(content: Uint8Array): string {
  const bytes = content.subarray(0, mostPartOctets);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

// Only what a mail without any plain text leaves over: tags become breaks.
function textOfHtml(html: string): string {
  return html
    .slice(0, mostPartOctets)
    .replace(/<[^<>]{0,2000}>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');
}

function firstLines(bytes: Uint8Array): Uint8Array {
  let end = 0;
  for (let line = 0; line < mostLines; line++) {
    const next = bytes.indexOf(0x0a, end);
    if (next === -1) return bytes;
    end = next + 1;
  }
  return bytes.subarray(0, end);
}

function withoutEnvelopeLine(message: Uint8Array): Uint8Array {
  let start = 0;
  while (message[start] === 0x0a || message[start] === 0x0d) start++;
  const isEnvelope = Buffer.from(message.subarray(start, start + 5)).toString('latin1') === 'From ';
  if (!isEnvelope) return message.subarray(start);
  const end = message.indexOf(0x0a, start);
  return end === -1 ? message.subarray(start) : message.subarray(end + 1);
}
