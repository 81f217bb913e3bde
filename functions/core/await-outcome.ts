import type { Delivery } from './email.ts';
import type { EmailId, ProjectId } from './ids.ts';
import type { Clock } from './ports/clock.ts';
import type { FoundEmail, Ledger } from './ports/ledger.ts';

const firstPauseMs = 50;
const longestPauseMs = 500;

/**
 * The email once every recipient has ended or has had one attempt, or as it stands after `waitMs`, whichever comes first; at
 * once when `signal` is aborted, or when nothing can happen within the time because it is scheduled for later.
 */
export async function awaitOutcome(
  projectId: ProjectId,
  id: EmailId,
  waitMs: number,
  ports: { readonly ledger: Pick<Ledger, 'find'>; readonly clock: Clock },
  signal: AbortSignal,
): Promise<FoundEmail | null> {
  const deadline = ports.clock.now() + waitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const found = await ports.ledger.find(projectId, id);
    const leftMs = deadline - ports.clock.now();
    if (found === null || leftMs <= 0 || signal.aborted) return found;
    if (found.deliveries.every((delivery) => isDecided(delivery, deadline))) return found;
    await ports.clock.sleep(Math.min(pauseMs, leftMs), signal);
  }
}

function isDecided({ state, dueAt, recipients }: Delivery, deadline: number): boolean {
  if (state === 'scheduled') return dueAt !== null && dueAt >= deadline;
  return recipients.every(({ status, attempts }) => status !== 'open' || attempts.length > 0);
}
