import type { MailField, ReportedRecipient } from '../core/returned/returned-mail.ts';
import { mailRules, type MailRule } from './mail-rules.ts';
import { addressIn } from './reported-address.ts';
import { shortened } from './status-report.ts';
import { valueOf } from './status-fields.ts';

const subjects =
  /^\s*(?:auto: |auto(?:matic|mated)?[- ]?(?:re(?:ply|sponse|sponder)|answer|generated)|out[- ]of[- ](?:the[- ])?office|ooo\b|vacation|on (?:vacation|leave|holiday)|away (?:from|until)|abwesen|automatische antwort|r(?:é|e)ponse automatique|respuesta autom|risposta automatica|automatisch antwoord|自動返信|自动回复|自動回覆)/i;
const daemons = /mailer-?daemon|postmaster@|mail delivery/i;

/**
 * Who answered by himself, by the fields that RFC 3834 §5 and its forerunners put there, or by the subjects of vacation programs;
 * `null` for a mail that is none. Reports carry `Auto-Submitted` too, but name themselves as senders.
 */
export function automaticAnswer(fields: readonly MailField[]): ReportedRecipient | null {
  const from = valueOf(fields, 'from');
  if (daemons.test(from) || fields.some(({ name }) => name === 'x-failed-recipients')) return null;
  const subject = valueOf(fields, 'subject');
  const rule = ruleOf(fields, subject);
  if (rule === null) return null;
  return {
    address: addressIn(from) ?? '',
    originalAddress: null,
    action: 'replied',
    status: null,
    diagnostic: shortened(subject) || null,
    remoteMta: null,
    category: rule.category,
    suppress: rule.suppress,
    rule: rule.id,
  };
}

function ruleOf(fields: readonly MailField[], subject: string): MailRule | null {
  if (/^\s*auto-(?:replied|notified)\b/i.test(valueOf(fields, 'auto-submitted'))) return mailRules.autoSubmitted;
  const marked = fields.some(
    ({ name, value }) =>
      /^x-auto-?(?:reply|respond|response)$/.test(name) ||
      (name === 'precedence' && /^\s*auto[_-]reply/i.test(value)) ||
      (name === 'x-precedence' && /auto[_-]reply/i.test(value)) ||
      (name === 'x-apple-action' && /^\s*oof\b/i.test(value)) ||
      (name === 'delivered-to' && /^\s*autoresponder\b/i.test(value)),
  );
  if (marked) return mailRules.autoReplyField;
  return subjects.test(subject) ? mailRules.autoReplySubject : null;
}
