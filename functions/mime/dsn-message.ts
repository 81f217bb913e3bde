import { hash } from 'node:crypto';

import type { Dsn } from '../core/dsn/dsn.ts';
import { addressOf, type Mailbox, parseMailbox } from '../core/mailbox.ts';
import type { Content } from '../core/ports/content.ts';
import type { ComposeDsn, ComposedDsn } from '../core/ports/dsn-composer.ts';
import { factsOf } from './content-facts.ts';
import { returnedPart } from './dsn-returned.ts';
import { mailDate, statusPart } from './dsn-status.ts';
import { dsnText } from './dsn-text.ts';
import { foldedField, freeTextField } from './header-text.ts';
import { type Part, plainPart, writtenPart } from './written-part.ts';

const displayName = 'Mail Delivery System';
const boundaryCharacters = 32;

/**
 * Writes notifications as RFC 3464 and, beyond ASCII, RFC 6533 have them: what happened for a person, the same for a program, and
 * what comes back of the email. `hostname` is the name that this host gives itself in SMTP. They come from `postmaster` at the
 * domain of the email's From field, for which DKIM can sign. The same notification has the same bytes.
 */
export function createDsnComposer(hostname: string): ComposeDsn {
  return async (dsn, original) => await composed(dsn, original, hostname);
}

async function composed(dsn: Dsn, original: Content | null, hostname: string): Promise<ComposedDsn> {
  const from = postmasterOf(dsn);
  const subject = subjectOf(dsn);
  const messageId = `<${dsn.id}@${from.domain}>`;
  // "=_" occurs neither in base64 nor in quoted-printable, and the rest in nothing that was written before the email had its id.
  const boundary = `=_${hash('sha256', dsn.id).slice(0, boundaryCharacters)}`;
  const header = [
    `From: ${displayName} <${addressOf(from)}>`,
    `To: ${addressOf(dsn.request.to)}`,
    freeTextField('Subject', subject),
    `Date: ${mailDate(dsn.at)}`,
    `Message-ID: ${messageId}`,
    foldedField('In-Reply-To', dsn.about.messageId),
    foldedField('References', dsn.about.messageId),
    // RFC 3834 §5.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    ` boundary="${boundary}"`,
  ];
  const parts: readonly Part[] = [
    plainPart(dsnText(dsn, hostname)),
    statusPart(dsn, hostname),
    await returnedPart(dsn, original),
  ];
  const bytes = Buffer.concat([
    Buffer.from(`${header.join('\r\n')}\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`\r\n--${boundary}\r\n`), ...writtenPart(part)]),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const fromText = `${displayName} <${addressOf(from)}>`;
  return { from, fromText, subject, messageId, bytes, facts: factsOf(bytes) };
}

// A domain that leaves no room for the word has the sender's own address.
function postmasterOf({ about }: Dsn): Mailbox {
  const read = parseMailbox(`postmaster@${about.fromDomain}`);
  if (read.ok) return read.mailbox;
  if (about.sender === null) throw new Error('Nothing is reported about an email without a reverse path.');
  return about.sender;
}

function subjectOf({ kind, about }: Dsn): string {
  return `Delivery status notification (${kind}): ${about.subject}`.trim();
}
