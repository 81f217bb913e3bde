import { automaticSuppression } from './automatic-suppression.ts';
import type { Delivery, Recipient } from '../email.ts';
import { limits } from '../limits.ts';
import type { Classify } from '../ports/classify.ts';
import type { FullMailboxes } from '../ports/full-mailboxes.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { Suppressions } from '../ports/suppressions.ts';
import { utcDayOf } from '../tls/utc-day.ts';

export type NoteFullMailboxesPorts = {
  readonly fullMailboxes: FullMailboxes;
  readonly suppressions: Pick<Suppressions, 'add'>;
  readonly classify: Classify;
  readonly log: Log;
};

/**
 * A ledger for who ends recipients: remembers whose mailbox was full, and suppresses for a while those for whom that was so on
 * `limits.fullMailboxDays` different days. It happens after the write, and one more day is worth less than that: it fails no commit.
 */
export function notingFullMailboxes<Writes extends Pick<Ledger, 'commit'>>(
  ledger: Writes,
  ports: NoteFullMailboxesPorts,
): Writes {
  return {
    ...ledger,
    async commit(next) {
      const result = await ledger.commit(next);
      if (result === 'committed') await noteAll(next, ports);
      return result;
    },
  };
}

// A delivery on its way back to the queue has had nobody ended.
async function noteAll(next: Delivery, ports: NoteFullMailboxesPorts): Promise<void> {
  if (next.state === 'queued') return;
  const latest = Math.max(...next.recipients.map(({ updatedAt }) => updatedAt));
  const full = next.recipients.filter((one) => one.updatedAt === latest && hasEndedFull(one, ports.classify));
  try {
    await Promise.all(full.map((recipient) => note(next, recipient, ports)));
  } catch (error) {
    ports.log.error('full_mailbox_not_noted', { delivery: next.id, why: String(error) });
  }
}

async function note(
  { projectId }: Delivery,
  { mailbox, updatedAt: at }: Recipient,
  ports: NoteFullMailboxesPorts,
): Promise<void> {
  const { fullMailboxDays, fullMailboxWindowMs, fullMailboxPauseMs } = limits;
  const why = `The mailbox was full on ${fullMailboxDays} different days.`;
  const suppression = automaticSuppression(projectId, mailbox, 'bounce', why, at);
  const { canonical } = suppression;
  const since = utcDayOf(at - fullMailboxWindowMs);
  const days = await ports.fullMailboxes.note(projectId, canonical, utcDayOf(at), since);
  if (days < fullMailboxDays) return;
  await ports.suppressions.add([{ ...suppression, expiresAt: at + fullMailboxPauseMs }], at);
  // Whoever takes the address off the list, or waits for its end, has it counted from the beginning.
  await ports.fullMailboxes.forget(projectId, canonical);
}

// What is simulated was dialled nowhere, and test addresses are there to be used again.
function hasEndedFull({ status, bounce, attempts }: Recipient, classify: Classify): boolean {
  const last = attempts.at(-1);
  if (last === undefined || last.ip === null) return false;
  if (status === 'bounced') return bounce?.category === 'mailbox_full';
  return status === 'expired' && classify(last).category === 'mailbox_full';
}
