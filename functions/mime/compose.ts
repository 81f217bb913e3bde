import MailComposer from 'nodemailer/lib/mail-composer';

import type { Attachment, Draft } from '../core/draft.ts';
import { largeBuffer } from '../core/large-buffer.ts';
import type { Composer } from '../core/ports/composer.ts';
import type { Random } from '../core/ports/random.ts';
import { asBuffer, factsOf, lineFault } from './content-facts.ts';
import { fieldsOfDraft } from './header-fields.ts';
import { safeFilename } from './safe-filename.ts';
import { serialized } from './serialize.ts';
import { relaxesTls } from './tls-required.ts';

/** RFC 2046 §5.1.1 leaves 70 characters; 128 bits cannot be guessed by whoever writes the text. */
const boundaryBytes = 16;

/** Encoding this much takes a few milliseconds; more is streamed, so that other requests get their turn. */
const atOnceBytes = 256 * 1024;

const mediaType = /^(?!multipart\/|message\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[ \t]*;[ -~]*)?$/i;

/**
 * Composes drafts with nodemailer, which makes the MIME tree and encodes the parts; the header fields that carry what the
 * sender wrote are our own, because nodemailer neither encodes a word that is too long for a line nor keeps A-labels beside
 * a UTF-8 local part. Rejects only for a bug: every draft that `problemOfDraft` passes can be composed.
 */
export function createComposer(random: Random): Composer {
  return {
    async compose(draft, messageId, dateMs) {
      const fields = Buffer.from(
        fieldsOfDraft(draft)
          .map(({ text }) => `${text}\r\n`)
          .join(''),
      );
      const tree = new MailComposer(optionsOf(draft, messageId, dateMs, random)).compile();
      const bytes =
        sizeOf(draft) <= atOnceBytes
          ? Buffer.concat([fields, serialized(tree)])
          : await collected(fields, tree.createReadStream(), mostBytesOf(draft));
      const fault = lineFault(bytes);
      if (fault !== null) throw new Error(`The composed message has a ${fault}.`);
      return { bytes, facts: factsOf(bytes), relaxesTls: relaxesTls(bytes) };
    },
    complete(message, messageId, dateMs) {
      const missing = [
        ...(message.messageId === null ? [`Message-ID: ${messageId}\r\n`] : []),
        ...(message.dated ? [] : [`Date: ${dateField(dateMs)}\r\n`]),
      ];
      const bytes =
        missing.length === 0 ? message.bytes : Buffer.concat([Buffer.from(missing.join('')), message.bytes]);
      return { bytes, facts: factsOf(bytes), relaxesTls: relaxesTls(bytes) };
    },
  };
}

// RFC 5322 §3.3; "GMT" is obsolete there.
function dateField(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}

function sizeOf({ text, html, attachments }: Draft): number {
  const texts = (text?.length ?? 0) + (html?.length ?? 0);
  return attachments.reduce((sum, { content }) => sum + content.length, texts);
}

function optionsOf(draft: Draft, messageId: string, dateMs: number, random: Random) {
  return {
    // Prepared values are written as they stand: folding would put a long Message-ID on a line of its own.
    headers: { 'Message-ID': { prepared: true, value: messageId.replace(/[^!-~]+/g, '') } },
    date: new Date(dateMs),
    text: crlf(draft.text ?? ''),
    html: crlf(draft.html ?? ''),
    attachments: draft.attachments.map(attachmentOptions),
    // "=_" can occur neither in quoted-printable nor in base64 (RFC 2045 §6.7).
    boundaryPrefix: '=_',
    baseBoundary: Buffer.from(random.bytes(boundaryBytes)).toString('hex'),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function attachmentOptions({ filename, content, contentType, contentId, disposition }: Attachment) {
  return {
    filename: safeFilename(filename),
    content: asBuffer(content),
    contentType: mediaType.test(contentType) ? contentType : 'application/octet-stream',
    contentDisposition: disposition,
    ...(contentId !== null && { cid: contentId.replace(/[^!-;=?-~]+/g, '') }),
  };
}

function crlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}

// Gathered in memory that is there once: to keep the pieces and join them would take twice as much.
function collected(head: Buffer, stream: NodeJS.ReadableStream, mostBytes: number): Promise<Buffer> {
  const target = largeBuffer(head.length + mostBytes);
  let length = head.copy(target);
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      if (length + chunk.length > target.length) reject(new Error('The composed message is larger than it can be.'));
      length += chunk.copy(target, length);
    });
    stream.on('error', reject);
    stream.on('end', () => resolve(target.subarray(0, length)));
  });
}

// A UTF-16 unit of text is three octets of UTF-8 at most, quoted-printable three for each of them; base64 is four for three.
// Both break lines after 76, and every part has a header.
function mostBytesOf({ text, html, attachments }: Draft): number {
  const encodedText = ((text?.length ?? 0) + (html?.length ?? 0)) * 9 * 1.05;
  const encodedFiles = attachments.reduce((sum, { content }) => sum + content.length * 3 * 1.05, 0);
  return Math.ceil(encodedText + encodedFiles) + (attachments.length + 4) * 4_096;
}
