import type { Outcome } from './outcome.ts';
import type { Clock } from './ports/clock.ts';
import type { AttemptOrder, Transport } from './ports/transport.ts';
import type { Postponement } from './postpone.ts';

/**
 * One attempt that begins with nothing more once the email's lifetime has ended at `expiresAt`: a host that is slow is left
 * before the final dot, by the same way as when the process stops, so that nothing is in doubt and nobody gets a code that has
 * expired. What was sent with the final dot has all of its time.
 */
export async function attemptWithin(
  expiresAt: number,
  order: AttemptOrder,
  transport: Transport,
  clock: Clock,
): Promise<readonly Outcome[] | Postponement> {
  if (expiresAt >= order.deadline) return await transport.attempt(order);
  const lifetime = new AbortController();
  const ended = new AbortController();
  const wait = async (): Promise<void> => {
    await clock.sleep(expiresAt - clock.now(), ended.signal);
    if (!ended.signal.aborted) lifetime.abort();
  };
  void wait();
  const signal = AbortSignal.any([order.signal, lifetime.signal]);
  const result = await transport.attempt({ ...order, signal }).finally(() => ended.abort());
  if ('kind' in result || !lifetime.signal.aborted || order.signal.aborted) return result;
  return result.map(cutShort);
}

function cutShort(outcome: Outcome): Outcome {
  if (outcome.kind !== 'deferred' || outcome.cause !== 'interrupted') return outcome;
  const detail = 'The lifetime of the email ended before a host had taken the message.';
  return { ...outcome, cause: 'host', evidence: { ...outcome.evidence, error: { code: 'lifetime_ended', detail } } };
}
