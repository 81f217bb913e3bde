import type { Draft } from '../../core/draft.ts';
import type { Email } from '../../core/email.ts';
import { addressOf, needsSmtpUtf8 } from '../../core/mailbox.ts';
import { unsubscribePlaceholder } from '../../core/suppression/unsubscribe-link.ts';
import type { FieldError } from '../problem.ts';

/** What large receivers take at most: Gmail and Exchange Online refuse messages above 25 to 36 MB as encoded. */
const largeBytes = 25 * 1024 * 1024;

/** What of an acceptable email may not be what its sender meant. `email` is the draft as composed; `unverified` speaks of the domain of From. Pure. */
export function warningsOf(draft: Draft, email: Email, unverified: boolean): FieldError[] {
  const warnings: FieldError[] = [];
  const warn = (pointer: string, code: string, detail: string): number => warnings.push({ pointer, code, detail });
  if (unverified) {
    const detail = `The domain ${email.fromDomain} is not verified: add it at /v1/domains and publish its records.`;
    warn('/from', 'sender_domain_unverified', detail);
  }
  if (draft.subject.trim() === '') warn('/subject', 'empty_subject', 'The subject is empty.');
  if (draft.html !== null && (draft.text ?? '') === '') {
    warn('/text', 'no_text', 'There is HTML without a text for readers that show none; filters count that against it.');
  }
  for (const name of draft.ownUnsubscribeLink ? [] : (['html', 'text'] as const)) {
    if (draft[name]?.includes(unsubscribePlaceholder) !== true) continue;
    const detail = `${unsubscribePlaceholder} stays as it is without "list_unsubscribe": {"one_click": true}.`;
    warn(`/${name}`, 'placeholder_kept', detail);
  }
  if (draft.scheduledAt !== null && email.scheduledAt === null) {
    warn('/scheduled_at', 'time_passed', 'scheduled_at has passed; the email is sent at once.');
  }
  if (email.content.sizeBytes > largeBytes) {
    warn('', 'large_message', 'The message is larger than large receivers take.');
  }
  const international = [draft.from, ...draft.to, ...draft.cc, ...draft.bcc].filter(({ mailbox }) =>
    needsSmtpUtf8(mailbox),
  );
  for (const { mailbox } of international) {
    const detail = `${addressOf(mailbox)} needs servers that speak SMTPUTF8; to others the email bounces.`;
    warn(mailbox === draft.from.mailbox ? '/from' : '/to', 'needs_smtputf8', detail);
  }
  return warnings;
}
