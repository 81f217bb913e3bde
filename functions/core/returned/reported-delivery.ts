import { automaticSuppression } from '../suppression/automatic-suppression.ts';
import { canonicalAddress } from '../canonical-address.ts';
import type { Bounce, Delivery, Recipient } from '../email.ts';
import { addressOf, type Mailbox, parseMailbox } from '../mailbox.ts';
import type { Suppression } from '../ports/suppressions.ts';
import type { ReportedRecipient } from './returned-mail.ts';

/**
 * What a report makes of a delivery. `changed`: the delivery as it is then, and whom the project mails no more. `waits`: the
 * attempt that it may be about is not on record yet. `unchanged`: there is nothing new in it.
 */
export type ReportedDelivery =
  | { readonly kind: 'changed'; readonly next: Delivery; readonly suppressed: readonly Suppression[] }
  | { readonly kind: 'waits' }
  | { readonly kind: 'unchanged' };

type Change = { readonly recipient: Recipient; readonly suppressed: readonly Suppression[] };

/**
 * Applies the report of a return path that speaks for the recipient at `position`, or for the whole delivery when that is
 * `null`. A recipient who was delivered or relayed, and is reported as failed, has bounced; a complaint goes on record beside
 * the status. Delays, successes and automatic answers change nothing, neither does what was reported before, nor what is said
 * of anybody else. Pure.
 */
export function reportedDelivery(
  delivery: Delivery,
  position: number | null,
  reported: readonly ReportedRecipient[],
  now: number,
): ReportedDelivery {
  const spokenFor = delivery.recipients.filter((one) => position === null || one.position === position);
  const suppressed: Suppression[] = [];
  let about = false;
  let changed = false;
  const changes = new Map<Recipient, Recipient>();
  for (const report of reported.filter((one) => isBounce(one) || isComplaint(one))) {
    const recipient = subjectOf(report, spokenFor);
    if (recipient === null) continue;
    about ||= recipient.status === 'open';
    const before = changes.get(recipient) ?? recipient;
    const change = changeOf(before, report, delivery, now);
    if (change === null) continue;
    changed = true;
    changes.set(recipient, change.recipient);
    suppressed.push(...change.suppressed);
  }
  // The worker that is at it holds the version, and nobody else may write: its outcome would be fenced out.
  if (delivery.state === 'sending' && (changed || about)) return { kind: 'waits' };
  if (!changed) return { kind: 'unchanged' };
  const recipients = delivery.recipients.map((one) => changes.get(one) ?? one);
  return { kind: 'changed', next: { ...delivery, version: delivery.version + 1, recipients }, suppressed };
}

function isBounce({ action }: ReportedRecipient): boolean {
  return action === 'failed';
}

function isComplaint({ action, suppress }: ReportedRecipient): boolean {
  return action === 'complained' && suppress;
}

function changeOf(
  recipient: Recipient,
  report: ReportedRecipient,
  { projectId }: Delivery,
  now: number,
): Change | null {
  const { mailbox, status, complainedAt, updatedAt } = recipient;
  const evidence = `${report.diagnostic ?? report.status ?? report.category} (${report.rule})`;
  const suppress = (reason: 'bounce' | 'complaint') =>
    report.suppress ? [automaticSuppression(projectId, mailbox, reason, evidence, now)] : [];
  if (isComplaint(report)) {
    if (status === 'open' || complainedAt !== undefined || recipient.attempts.length === 0) return null;
    return { recipient: { ...recipient, complainedAt: Math.max(now, updatedAt) }, suppressed: suppress('complaint') };
  }
  if (status !== 'delivered' && status !== 'relayed') return null;
  // Events stand in the order of their times, whatever the clock does.
  const at = Math.max(now, updatedAt, (complainedAt ?? -1) + 1);
  return {
    recipient: { ...recipient, status: 'bounced', updatedAt: at, bounce: bounceOf(report) },
    suppressed: suppress('bounce'),
  };
}

function bounceOf({ category, rule, status, diagnostic, remoteMta }: ReportedRecipient): Bounce {
  const code = /^([45]\d\d)(?:[ -]|$)/.exec(diagnostic ?? '')?.[1];
  return {
    category,
    rule,
    smtpCode: code === undefined ? null : Number(code),
    enhancedCode: status,
    diagnostic: diagnostic ?? status ?? '',
    remoteMta,
    source: 'dsn',
  };
}

// A report may name the address that the recipient's mail was forwarded to; who it was sent to is the original one. One that
// names nobody, as feedback often does, is about the one recipient that the return path was made for; the To of the mail may name
// somebody else, as that of a blind copy does.
function subjectOf(
  { address, presumed = false, originalAddress }: ReportedRecipient,
  spokenFor: readonly Recipient[],
): Recipient | null {
  const named = [address, originalAddress ?? ''].flatMap((text) => {
    const read = parseMailbox(text);
    return read.ok ? [read.mailbox] : [];
  });
  const [only, ...others] = spokenFor;
  const sole = only !== undefined && others.length === 0 ? only : null;
  if (named.length === 0 || (presumed && sole !== null)) return sole;
  for (const mailbox of named) {
    const found =
      spokenFor.find((one) => inLowerCase(one.mailbox) === inLowerCase(mailbox)) ??
      spokenFor.find((one) => canonicalAddress(one.mailbox) === canonicalAddress(mailbox));
    if (found !== undefined) return found;
  }
  return null;
}

function inLowerCase(mailbox: Mailbox): string {
  return addressOf(mailbox).toLowerCase();
}
