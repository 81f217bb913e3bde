import { failureEvidence } from './failure-evidence.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Transport } from './ports/transport.ts';

/**
 * Pauses a route that has one way out (a smarthost) after a fault of the route itself: a refused login or untrusted
 * certificate is not dialled again for every message. Deliveries meanwhile are deferred without connecting.
 */
export function pausedOnFault(
  transport: Transport,
  pauseMs: number,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Transport {
  let pausedUntil = 0;
  return {
    async attempt(order) {
      const leftMs = pausedUntil - clock.now();
      // A clock that was set back would pause it for as long as it was set back.
      if (leftMs > 0 && leftMs <= pauseMs) {
        const evidence = failureEvidence('connect', 'route_paused', 'The route is paused after a fault of its own.');
        return order.recipients.map(() => ({ kind: 'deferred', evidence, cause: 'route' }));
      }
      const outcomes = await transport.attempt(order);
      if ('kind' in outcomes) return outcomes;
      const fault = outcomes.find((outcome) => outcome.kind === 'deferred' && outcome.cause === 'route');
      if (fault !== undefined) {
        pausedUntil = clock.now() + pauseMs;
        log.error('route_paused', { pause_ms: pauseMs, error: fault.evidence.error?.code ?? null });
      }
      return outcomes;
    },
  };
}
