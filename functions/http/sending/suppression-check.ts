import type { Draft } from '../../core/draft.ts';
import type { ProjectId } from '../../core/ids.ts';
import { addressOf, type Mailbox } from '../../core/mailbox.ts';
import type { SuppressedMailboxes } from '../../core/suppression/suppressed-recipient.ts';
import { fromStore } from '../from-store.ts';
import type { AppPorts } from '../ports.ts';
import type { FieldError } from '../problem.ts';

/** A recipient and the place in the request (a JSON pointer) that named it. */
export type PlacedRecipient = { readonly mailbox: Mailbox; readonly pointer: string };

/** `send`: the email may be accepted, with these recipients ended as suppressed. `reject`: the request wanted all or nothing. */
export type SuppressionCheck =
  | { readonly kind: 'send'; readonly suppressed: SuppressedMailboxes }
  | { readonly kind: 'reject'; readonly errors: readonly FieldError[] };

/**
 * Looks all recipients of an email up among those that the project no longer mails, and does what the email's `on_suppressed`
 * says. `errors` are for a `recipient_suppressed` problem. Every way of sending asks this before it accepts.
 */
export async function checkSuppressions(
  projectId: ProjectId,
  recipients: readonly PlacedRecipient[],
  onSuppressed: Draft['onSuppressed'],
  { suppressions, clock }: Pick<AppPorts, 'suppressions' | 'clock'>,
): Promise<SuppressionCheck> {
  const mailboxes = recipients.map(({ mailbox }) => mailbox);
  const suppressed = await fromStore(() => suppressions.among(projectId, mailboxes, clock.now()));
  if (onSuppressed === 'skip' || suppressed.size === 0) return { kind: 'send', suppressed };
  const errors = recipients.flatMap(({ mailbox, pointer }) => {
    const reason = suppressed.get(mailbox);
    if (reason === undefined) return [];
    return [{ pointer, code: 'suppressed', detail: `${addressOf(mailbox)} is on the suppression list (${reason}).` }];
  });
  return { kind: 'reject', errors };
}
