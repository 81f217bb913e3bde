import { isAscii } from 'node:buffer';

import type { Dsn, DsnRecipient } from '../core/dsn/dsn.ts';
import { addressOf, needsSmtpUtf8 } from '../core/mailbox.ts';
import { foldedField } from './header-text.ts';
import type { Part } from './written-part.ts';

/** A word longer than this is broken, so that no line comes near to its limit (RFC 5322 §2.1.1). */
const wordCharacters = 240;

/** A time as in a Date field (RFC 5322 §3.3). */
export function mailDate(ms: number): string {
  return new Date(ms).toUTCString().replace(/GMT$/, '+0000');
}

/** A text on one line, whatever it holds. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
}

/** The part for programs: `message/delivery-status` (RFC 3464 §2), or its form beyond ASCII (RFC 6533 §4). Pure. */
export function statusPart(dsn: Dsn, hostname: string): Part {
  const groups = [aboutEmail(dsn, hostname), ...dsn.recipients.map((recipient) => aboutRecipient(recipient, dsn))];
  const body = Buffer.from(groups.map((fields) => `${fields.join('\r\n')}\r\n`).join('\r\n'));
  return { type: isAscii(body) ? 'message/delivery-status' : 'message/global-delivery-status', body };
}

function aboutEmail({ request, about }: Dsn, hostname: string): string[] {
  return [
    `Reporting-MTA: dns; ${hostname}`,
    field('Original-Envelope-Id', request.envid ?? about.id),
    `Arrival-Date: ${mailDate(about.createdAt)}`,
  ];
}

function aboutRecipient(recipient: DsnRecipient, { about, kind }: Dsn): string[] {
  const { mailbox, action, status, remoteMta, diagnostic, lastAttemptAt } = recipient;
  const address = `${needsSmtpUtf8(mailbox) ? 'utf-8' : 'rfc822'}; ${addressOf(mailbox)}`;
  return [
    `Original-Recipient: ${address}`,
    `Final-Recipient: ${address}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(remoteMta === null ? [] : [field('Remote-MTA', `dns; ${remoteMta}`)]),
    ...(diagnostic === null ? [] : [field('Diagnostic-Code', `${typeOf(diagnostic)}; ${diagnostic.text}`)]),
    ...(lastAttemptAt === null ? [] : [`Last-Attempt-Date: ${mailDate(lastAttemptAt)}`]),
    ...(kind === 'delay' ? [`Will-Retry-Until: ${mailDate(about.expiresAt)}`] : []),
  ];
}

// RFC 3464 §2.1.2: a type that nobody has registered begins with x-.
function typeOf({ by }: NonNullable<DsnRecipient['diagnostic']>): string {
  return by === 'smtp' ? 'smtp' : 'x-postern';
}

function field(name: string, value: string): string {
  const words = oneLine(value)
    .split(' ')
    .flatMap((word) => (word.length > wordCharacters ? pieces(word) : [word]));
  return foldedField(name, words.join(' '));
}

function pieces(word: string): string[] {
  const characters = Array.from(word);
  const count = Math.ceil(characters.length / wordCharacters);
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * wordCharacters, (index + 1) * wordCharacters).join(''),
  );
}
