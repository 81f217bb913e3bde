import type { MailField, MailParts, ReportedRecipient } from '../core/returned/returned-mail.ts';
import { amazonGroups } from './amazon-notification.ts';
import { mailRules } from './mail-rules.ts';
import { addressIn } from './reported-address.ts';
import { shortened } from './status-report.ts';
import { fieldGroups, valueOf } from './status-fields.ts';

/**
 * Whom a feedback report is about (RFC 5965 §3): the addresses that it names, else the recipient of the mail that it returns, else
 * nobody (`address` empty). Only somebody's complaint suppresses: reports of failed authentication (RFC 6591) and of mail that is
 * no spam speak of a message. Empty for any other mail.
 */
export function feedbackRecipients(mail: MailParts, original: readonly MailField[]): ReportedRecipient[] {
  const text = reportText(mail);
  const amazon = amazonGroups(mail.text);
  const fields = text === null ? (amazon.kind === 'complaint' ? amazon.groups.flat() : []) : fieldGroups(text).flat();
  if (text === null && fields.length === 0 && !isMicrosoftComplaint(mail.fields)) return [];
  const type = text === null ? 'abuse' : tokenIn(valueOf(fields, 'feedback-type'));
  const rule = type === 'auth-failure' || type === 'not-spam' ? mailRules.aboutMessage : mailRules.complaint;
  return recipientsOf(fields, original).map((recipient) => ({
    ...recipient,
    originalAddress: null,
    action: 'complained',
    status: null,
    diagnostic: shortened(type) || null,
    remoteMta: null,
    category: rule.category,
    suppress: rule.suppress,
    rule: rule.id,
  }));
}

// RFC 5965 §3.5: comments may stand on either side of it.
function tokenIn(value: string): string {
  return /^(?:\([^()]*\))?\s*([^\s();]*)/.exec(value)?.[1]?.toLowerCase() ?? '';
}

// Some call the whole a feedback report and send its fields as a text; they are looked for nowhere else.
function reportText({ fields, parts, text }: MailParts): string | null {
  const typed = parts.find(({ type }) => type === 'message/feedback-report')?.text;
  if (typed !== undefined) return typed;
  if (!/\breport-type ?= ?"?feedback-report\b/i.test(valueOf(fields, 'content-type'))) return null;
  const texts = [...parts.filter(({ type }) => type === 'text/plain').map((part) => part.text), text];
  return texts.find((candidate) => /^feedback-type ?:/im.test(candidate)) ?? null;
}

// Outlook.com's Junk Mail Reporting Program sends the mail back without a report.
function isMicrosoftComplaint(fields: readonly MailField[]): boolean {
  return (
    /\bstaff@hotmail\.com\b/i.test(valueOf(fields, 'from')) && /^\s*complaint about/i.test(valueOf(fields, 'subject'))
  );
}

function recipientsOf(
  fields: readonly MailField[],
  original: readonly MailField[],
): Pick<ReportedRecipient, 'address' | 'presumed'>[] {
  const named = fields.filter(({ name }) => name === 'original-rcpt-to').flatMap(({ value }) => addressIn(value) ?? []);
  const ofMicrosoft = addressIn(valueOf(original, 'x-hmxmroriginalrecipient'));
  if (named.length === 0 && ofMicrosoft === null) {
    return [{ address: addressIn(valueOf(original, 'to')) ?? '', presumed: true }];
  }
  return (named.length > 0 ? named.slice(0, 250) : [ofMicrosoft ?? '']).map((address) => ({ address }));
}
