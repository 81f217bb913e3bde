import { attemptUntil } from './attempt-until.ts';
import { limits } from './limits.ts';
import type { Clock } from './ports/clock.ts';
import type { AttemptOrder, Transport } from './ports/transport.ts';

/**
 * A transport for a worker that cannot go on before every attempt of a batch has ended. A host that has not been given the
 * message within `patienceMs` is left; the next attempt has twice the patience, so that a host which is slow and honest gets
 * its mail, and one that drips on purpose holds up the others for little.
 */
export function createPatientTransport(transport: Transport, clock: Clock): Transport {
  return {
    async attempt(order) {
      const ms = patienceMs(order);
      const detail = `The host had not taken the message in ${Math.floor(ms / 1_000)} seconds, and others wait; the next attempt has more time.`;
      const cutOff = { at: clock.now() + ms, error: { code: 'host_too_slow', detail } };
      return await attemptUntil(cutOff, order, transport, clock);
    },
  };
}

/** How long an attempt may take until the message is out: twice as long as the one before, and as its size needs. Pure. */
export function patienceMs({ attempt, message }: Pick<AttemptOrder, 'attempt' | 'message'>): number {
  const waitMs = Math.min(limits.longestPatienceMs, limits.patienceMs * 2 ** (attempt - 1));
  return waitMs + (message.facts.sizeBytes / limits.patientRateBytesPerSecond) * 1_000;
}
