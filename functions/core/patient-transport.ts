import { limits } from './limits.ts';
import type { Outcome } from './outcome.ts';
import type { Clock } from './ports/clock.ts';
import type { AttemptOrder, Transport } from './ports/transport.ts';

/**
 * A transport for a worker that cannot go on before every attempt of a batch has ended. A host that has not been given the
 * message within `patienceMs` is left, by the same way as when the process stops: before the final dot, so that nothing is in
 * doubt. The delivery is deferred for the host's sake, and its next attempt has twice the patience, so that a host which is
 * slow and honest gets its mail, and one that drips on purpose holds up the others for little. A session that has begun with
 * the end of the message has all of its time.
 */
export function createPatientTransport(transport: Transport, clock: Clock): Transport {
  return {
    async attempt(order) {
      const leaving = new AbortController();
      const ended = new AbortController();
      const wait = async (): Promise<void> => {
        await clock.sleep(patienceMs(order), ended.signal);
        if (!ended.signal.aborted) leaving.abort();
      };
      void wait();
      const signal = AbortSignal.any([order.signal, leaving.signal]);
      const result = await transport.attempt({ ...order, signal }).finally(() => ended.abort());
      if ('kind' in result || !leaving.signal.aborted || order.signal.aborted) return result;
      return result.map((outcome) => forTheHost(outcome, order));
    },
  };
}

/** How long an attempt may take until the message is out: twice as long as the one before, and as its size needs. Pure. */
export function patienceMs({ attempt, message }: Pick<AttemptOrder, 'attempt' | 'message'>): number {
  const waitMs = Math.min(limits.longestPatienceMs, limits.patienceMs * 2 ** (attempt - 1));
  return waitMs + (message.facts.sizeBytes / limits.patientRateBytesPerSecond) * 1_000;
}

function forTheHost(outcome: Outcome, order: AttemptOrder): Outcome {
  if (outcome.kind !== 'deferred' || outcome.cause !== 'interrupted') return outcome;
  const seconds = Math.floor(patienceMs(order) / 1_000);
  const detail = `The host had not taken the message in ${seconds} seconds, and others wait; the next attempt has more time.`;
  return { ...outcome, cause: 'host', evidence: { ...outcome.evidence, error: { code: 'host_too_slow', detail } } };
}
