import type { Evidence, Outcome } from './outcome.ts';
import type { Clock } from './ports/clock.ts';
import type { AttemptOrder, Transport } from './ports/transport.ts';
import type { Postponement } from './postpone.ts';

/** When an attempt has to have its message out, and what is said of a host that has not let it by then. */
export type CutOff = { readonly at: number; readonly error: NonNullable<Evidence['error']> };

/**
 * One attempt that leaves its host if the message is not out in time, by the same way as when the process stops: before the
 * final dot, so that nothing is in doubt. The delivery is deferred for the host's sake. What was sent with the final dot has all
 * of its time.
 */
export async function attemptUntil(
  { at, error }: CutOff,
  order: AttemptOrder,
  transport: Transport,
  clock: Clock,
): Promise<readonly Outcome[] | Postponement> {
  const leaving = new AbortController();
  const ended = new AbortController();
  const wait = async (): Promise<void> => {
    await clock.sleep(at - clock.now(), ended.signal);
    if (!ended.signal.aborted) leaving.abort();
  };
  void wait();
  const signal = AbortSignal.any([order.signal, leaving.signal]);
  const result = await transport.attempt({ ...order, signal }).finally(() => ended.abort());
  if ('kind' in result || !leaving.signal.aborted || order.signal.aborted) return result;
  return result.map((outcome) => {
    if (outcome.kind !== 'deferred' || outcome.cause !== 'interrupted') return outcome;
    return { ...outcome, cause: 'host', evidence: { ...outcome.evidence, error } };
  });
}
