import type { Context } from 'hono';

import type { Draft, NamedMailbox } from '../../core/draft.ts';
import type { Mailbox } from '../../core/mailbox.ts';
import { refusalOfRights } from '../../core/domains/sender-rights.ts';
import type { SuppressedMailboxes } from '../../core/suppression/suppressed-recipient.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import type { FieldError } from '../problem.ts';
import type { ProblemCode } from '../problem-kinds.ts';
import { checkSuppressions, type PlacedRecipient } from './suppression-check.ts';
import { checkSenders } from './sender-check.ts';

/** What is asked about an email, whatever form it came in. */
export type CheckedDraft = {
  /** Everybody in whose name it is sent: From, MAIL FROM, and Sender where there is one. */
  readonly senders: readonly Mailbox[];
  readonly recipients: readonly PlacedRecipient[];
  readonly onSuppressed: Draft['onSuppressed'];
  readonly dsn?: Draft['dsn'];
};

/** Why an email is refused: a problem code, one sentence, and for `validation_error` the fields to blame. */
export type Refusal = {
  readonly code: Extract<
    ProblemCode,
    'validation_error' | 'sender_not_allowed' | 'recipient_not_allowed' | 'recipient_suppressed'
  >;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
};

/** `suppressed` are the recipients that the project no longer mails; `unverified` is a sender's domain that nobody has verified. */
export type CheckResult =
  | { readonly ok: true; readonly suppressed: SuppressedMailboxes; readonly unverified: boolean }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Whether the principal may send this: the one place where every check of who sends to whom meets, for single emails,
 * batches, raw messages and validation alike. The answer may get a `Postern-Warning`.
 */
export async function checkDraft(
  c: Context<AppEnv>,
  { senders, recipients, onSuppressed, dsn }: CheckedDraft,
  ports: AppPorts,
): Promise<CheckResult> {
  const principal = c.get('principal');
  const mailed = [...recipients.map(({ mailbox }) => mailbox), ...(dsn ? [dsn.to] : [])];
  const to = mailed.map(named);
  for (const sender of senders) {
    const refusal = refusalOfRights(principal, { from: named(sender), to, cc: [], bcc: [] });
    if (refusal !== null) return { ok: false, refusal };
  }
  const domains = senders.map(({ domain }) => domain);
  const sender = await checkSenders(c, domains, ports);
  if (sender.kind === 'refused') return { ok: false, refusal: { code: 'sender_not_allowed', detail: sender.detail } };
  const checked = await checkSuppressions(principal.projectId, recipients, onSuppressed, ports);
  if (checked.kind === 'send') return { ok: true, suppressed: checked.suppressed, unverified: sender.unverified };
  const { errors } = checked;
  return { ok: false, refusal: { code: 'recipient_suppressed', detail: 'A recipient is suppressed.', errors } };
}

function named(mailbox: Mailbox): NamedMailbox {
  return { name: null, mailbox };
}
