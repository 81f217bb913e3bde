import type { MailField, MailParts, ReturnedMail } from '../core/returned/returned-mail.ts';
import { amazonGroups } from './amazon-notification.ts';
import { automaticAnswer } from './automatic-answer.ts';
import { feedbackRecipients } from './feedback-report.ts';
import { addressIn } from './reported-address.ts';
import { readReportText, type ReportText } from './report-text.ts';
import { spokenRecipients } from './spoken-report.ts';
import { fieldGroups, valueOf } from './status-fields.ts';
import { statusRecipients } from './status-report.ts';

const originalTypes = new Set(['message/rfc822', 'message/global', 'text/rfc822-headers', 'message/global-headers']);
const mostOriginalFields = 100;

/**
 * Reads a mail that came back, taken apart before. Feedback reports first, then delivery reports in their standard form wherever
 * it stands, automatic answers, reports in words. Pure and total; linear time.
 */
export function readReturnedMail(mail: MailParts): ReturnedMail {
  const addressedTo = addressedIn(mail.fields);
  const spoken = readReportText(mail.text, addressedTo);
  const original = originalFields(mail, spoken);
  const result = (kind: ReturnedMail['kind'], recipients: ReturnedMail['recipients']): ReturnedMail => ({
    kind,
    recipients,
    addressedTo,
    original: { messageId: valueOf(original, 'message-id') || null, fields: original },
  });

  const complaints = feedbackRecipients(mail, original);
  if (complaints.length > 0) return result('arf', complaints);
  const stated = statusRecipients(statusGroups(mail, spoken), spoken);
  if (stated.length > 0) return result('dsn', stated);
  const answer = automaticAnswer(mail.fields);
  if (answer !== null) return result('auto_reply', [answer]);
  const told = spokenRecipients(mail.fields, spoken, original);
  return told.length > 0 ? result('dsn', told) : result('other', []);
}

function addressedIn(fields: readonly MailField[]): string[] {
  const addresses = fields
    .filter(({ name }) => name === 'to' || name === 'delivered-to' || name === 'x-original-to')
    .flatMap(({ value }) => value.split(',').slice(0, 50))
    .flatMap((value) => addressIn(value) ?? []);
  return [...new Set(addresses)];
}

// In its own part, else in the report's words, else within what a gateway has wrapped the report in.
function statusGroups(mail: MailParts, spoken: ReportText): MailField[][] {
  const own = mail.parts.filter(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type));
  const places = [own.map(({ text }) => text).join('\n\n'), spoken.words];
  if (!spoken.certain) places.push(spoken.returned, mail.parts.map(({ text }) => text).join('\n\n'));
  for (const place of places) {
    if (!/^(?:final|original)-recipient ?:/im.test(place)) continue;
    return fieldGroups(place).filter((group) =>
      group.some(({ name }) => name === 'final-recipient' || name === 'original-recipient'),
    );
  }
  const amazon = amazonGroups(mail.text);
  return amazon.kind === 'bounce' ? amazon.groups : [];
}

function originalFields(mail: MailParts, spoken: ReportText): MailField[] {
  const part = mail.parts.find(({ type }) => originalTypes.has(type));
  const text = part?.text.trimStart() ?? spoken.returned.slice(0, 65_536);
  const groups = fieldGroups(part === undefined ? text : (text.split(/\r?\n\r?\n/, 1)[0] ?? ''));
  const group = groups.find((fields) => fields.some(({ name }) => /^(?:message-id|from|to|subject)$/.test(name)));
  return (group ?? []).slice(0, mostOriginalFields);
}
