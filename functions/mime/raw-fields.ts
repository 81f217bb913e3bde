import { isAddressList } from './address-list.ts';
import type { HeaderField } from './header-section.ts';

/** What passes through at most so many hosts; more is a loop (RFC 5321 §6.3). */
const mostReceived = 50;

// RFC 5322 §3.6, and RFC 2045 §3 for the fields of MIME, of which readers would choose differently.
const onceOnly = new Set(
  (
    'from sender reply-to to cc message-id in-reply-to references subject date mime-version content-type ' +
    'content-transfer-encoding content-id content-description content-disposition'
  ).split(' '),
);
// Written at the end of the way, or results that others believe (RFC 5321 §4.4, RFC 8601 §5, RFC 8617 §4).
const notToBeSent = /^(?:return-path|delivered-to|x-original-to|authentication-results|received-spf|arc-[!-9;-~]*)$/;
const addressLists = /^(?:to|cc|reply-to|resent-to|resent-cc)$/;
const messageIdForm = /^<[!-;=?A-~]+@[!-;=?A-~]+>$/;
const dateForm =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} (?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d|:60)? (?:[+-]\d{4}|UT|GMT|[ECMP][SD]T)(?: \([^()\\]*\))?$/i;

/** Why fields may not stand in a message that is to be sent: one sentence for each that is wrong. */
export function faultsOfFields(fields: readonly HeaderField[]): string[] {
  const byName = Map.groupBy(fields, ({ name }) => name);
  const faults = fields.flatMap((field) => faultOfForm(field) ?? []);
  for (const [name, sharing] of byName) {
    if (notToBeSent.test(name)) faults.push(`${shown(name)} is written by servers on the way and may not be sent.`);
    if (sharing.length > 1 && onceOnly.has(name)) faults.push(`${shown(name)} stands there more than once.`);
  }
  if (!byName.has('from')) faults.push('There is no From field.');
  if ((byName.get('received')?.length ?? 0) > mostReceived)
    faults.push('The message has passed too many hosts already.');
  return faults;
}

/** The value of a field as text, unfolded and trimmed. */
export function textOfField({ raw }: HeaderField): string {
  const value = raw.slice(raw.indexOf(':') + 1).replaceAll('\r\n', '');
  return Buffer.from(value, 'latin1').toString('utf8').trim();
}

function faultOfForm(field: HeaderField): string | null {
  const { name, raw } = field;
  if (!/^[!-9;-~]+:/.test(raw)) return `${JSON.stringify(raw.slice(0, 40))} is no header field.`;
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(raw)) return `${shown(name)} holds a control character.`;
  if (/\r\n[ \t]*(?:\r\n|$)/.test(raw)) return `${shown(name)} is folded into a line of nothing but white space.`;
  return faultOfValue(name, textOfField(field));
}

function faultOfValue(name: string, value: string): string | null {
  if (addressLists.test(name) && !isAddressList(value)) return `${shown(name)} is no list of addresses.`;
  if (name === 'message-id' && !messageIdForm.test(value)) return 'Message-ID has the form <left@right>.';
  if (name === 'date' && !dateForm.test(value)) {
    return 'Date has the form "Tue, 24 Nov 2026 09:00:00 +0000" (RFC 5322 section 3.3).';
  }
  return null;
}

function shown(name: string): string {
  return name
    .slice(0, 40)
    .replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
    .replace(/^Message-Id$/, 'Message-ID');
}
