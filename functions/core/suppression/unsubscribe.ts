import { automaticSuppression } from './automatic-suppression.ts';
import { canonicalAddress } from '../canonical-address.ts';
import type { Clock } from '../ports/clock.ts';
import type { Suppressions } from '../ports/suppressions.ts';
import type { UnsubscribeBearer } from '../ports/unsubscribe-tokens.ts';

/**
 * Suppresses the address for good; a second time changes nothing. An entry that is there for good stays as it is. One that would
 * end is replaced, for whoever unsubscribes means more than that.
 */
export async function unsubscribe(
  { projectId, emailId, mailbox }: UnsubscribeBearer,
  {
    suppressions,
    clock,
  }: { readonly suppressions: Pick<Suppressions, 'find' | 'add' | 'remove'>; readonly clock: Clock },
): Promise<void> {
  const now = clock.now();
  const canonical = canonicalAddress(mailbox);
  const standing = await suppressions.find(projectId, canonical, now);
  if (standing !== null && standing.expiresAt === null) return;
  if (standing !== null) await suppressions.remove(projectId, canonical, now);
  const evidence = `unsubscribed by the link in ${emailId}`;
  await suppressions.add([automaticSuppression(projectId, mailbox, 'unsubscribe', evidence, now)], now);
}
