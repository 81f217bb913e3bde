import type { DsnKind } from './dsn.ts';
import type { Delivery, TerminalStatus } from '../email.ts';
import { timeOfEmailId } from '../ids.ts';
import { limits } from '../limits.ts';

/** What ends a recipient, by whether it got the mail; nobody is told of what the sender did himself, or of an outcome that nobody knows. */
const kindOfStatus: Readonly<Record<TerminalStatus, DsnKind | null>> = {
  delivered: 'success',
  relayed: 'success',
  bounced: 'failure',
  expired: 'failure',
  suppressed: 'failure',
  failed: 'failure',
  canceled: null,
  unknown: null,
};

/** Whether `dueDsns` (due-dsns.ts) may find something in a delivery as it stands; for who writes it and has no email at hand. Pure. */
export function mayOweDsn({ notify = [], state, recipients, dueAt, emailId }: Delivery): boolean {
  return notify.some((kind) =>
    kind === 'delay'
      ? state === 'deferred' && dueAt !== null && dueAt >= timeOfEmailId(emailId) + limits.dsnDelayMs
      : recipients.some(({ status }) => status !== 'open' && kindOfStatus[status] === kind),
  );
}
