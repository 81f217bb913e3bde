import { automaticSuppression } from './automatic-suppression.ts';
import type { Delivery } from '../email.ts';
import type { Outcome } from '../outcome.ts';
import type { Classify } from '../ports/classify.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Suppression, Suppressions } from '../ports/suppressions.ts';
import { openRecipients } from '../settle.ts';

export type SuppressBouncedPorts = {
  readonly suppressions: Pick<Suppressions, 'add'>;
  readonly classify: Classify;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Puts on the project's list whom an attempt has found to be gone: `outcomes` has one entry per recipient that was open in
 * `delivery`. An outcome is worth more than its consequence, so this never rejects: a store that is out of reach is logged, and
 * the next mail to the address finds out again.
 */
export async function suppressBounced(
  delivery: Delivery,
  outcomes: readonly Outcome[],
  { suppressions, classify, clock, log }: SuppressBouncedPorts,
): Promise<void> {
  const now = clock.now();
  const wanted = openRecipients(delivery).flatMap(({ mailbox }, index): Suppression[] => {
    const outcome = outcomes[index];
    if (outcome?.kind !== 'bounced' || !isReal(outcome)) return [];
    const { rule, category, suppress } = classify(outcome.evidence);
    const said = outcome.evidence.reply?.text || outcome.evidence.error?.detail || category;
    const evidence = `${said} (${rule})`;
    return suppress ? [automaticSuppression(delivery.projectId, mailbox, 'bounce', evidence, now)] : [];
  });
  if (wanted.length === 0) return;
  try {
    await suppressions.add(wanted, now);
  } catch (error) {
    log.error('bounce_not_suppressed', { delivery: delivery.id, why: String(error) });
  }
}

// What is simulated was dialled nowhere, and test addresses are there to be used again.
function isReal({ source, evidence }: Extract<Outcome, { kind: 'bounced' }>): boolean {
  return source === 'local' || evidence.ip !== null;
}
