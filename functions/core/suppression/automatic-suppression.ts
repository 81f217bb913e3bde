import { canonicalAddress } from '../canonical-address.ts';
import type { ProjectId } from '../ids.ts';
import { limits } from '../limits.ts';
import { addressOf, type Mailbox } from '../mailbox.ts';
import type { Suppression } from '../ports/suppressions.ts';

/** An address that is mailed no more, and for good, because of what came of its mail, with the evidence in one line. Pure. */
export function automaticSuppression(
  projectId: ProjectId,
  mailbox: Mailbox,
  reason: Exclude<Suppression['reason'], 'manual'>,
  evidence: string,
  now: number,
): Suppression {
  return {
    projectId,
    address: addressOf(mailbox),
    canonical: canonicalAddress(mailbox),
    reason,
    note: evidence.slice(0, limits.storedReplyOctets),
    createdAt: now,
    expiresAt: null,
  };
}
