import { limits } from '../limits.ts';

/**
 * Whether a group of mail hosts is left alone, for all workers.
 *
 * ```
 * (none) ──refused──▶ open ──time over──▶ one worker probes ──answered──▶ closed
 *                      ▲                        │                            │
 *                      └───twice as long────────┘◀──refused before forgotten─┘
 * ```
 *
 * A closed one is remembered until `until`: when the group refuses again before, it is as if it had never closed.
 */
export type Circuit = {
  readonly state: 'open' | 'closed';
  readonly reason: CircuitReason;
  /** How often it has opened in a row. */
  readonly streak: number;
  /** While open: nobody connects before. When closed: it is remembered so long. */
  readonly until: number;
  /** When the attempt that probes has to be over; `null` while nobody probes. */
  readonly probingUntil: number | null;
};

/** `throttled`: told to slow down or to come later; `unreachable`: no session came to be, several times in a row. */
export type CircuitReason = 'throttled' | 'unreachable';

/** `due`: its time is over, and whoever takes the probe may connect. */
export type CircuitStanding =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly until: number }
  | { readonly kind: 'due' };

/** No circuit opens for longer; one that seems to was opened by a clock that has been set back since. */
const longestWaitMs = limits.longestCircuitMs * (1 + limits.retryJitterFraction) + limits.clockSkewMs;

/** Where a circuit stands at a time. Pure. */
export function standingOf(circuit: Circuit | null, now: number): CircuitStanding {
  if (circuit === null || circuit.state === 'closed') return { kind: 'closed' };
  if (circuit.until > now && circuit.until <= now + longestWaitMs) return { kind: 'open', until: circuit.until };
  const { probingUntil } = circuit;
  if (probingUntil === null || probingUntil <= now) return { kind: 'due' };
  return { kind: 'open', until: Math.min(probingUntil, now + limits.probeWaitMs) };
}

/** The circuit with its probe taken until a time, or given back. Pure. */
export function probing(circuit: Circuit, probingUntil: number | null): Circuit {
  return { ...circuit, probingUntil };
}

/**
 * The circuit after a refusal: open for a minute the first time and twice as long each time in a row, an hour at the most,
 * and not shorter than the far side asked for. `fraction`, from 0 up to 1, lengthens it by up to a tenth. Pure.
 */
export function opened(
  circuit: Circuit | null,
  { reason, askedMs }: { readonly reason: CircuitReason; readonly askedMs: number | null },
  now: number,
  fraction: number,
): Circuit {
  const isRemembered = circuit !== null && (circuit.state === 'open' || circuit.until > now);
  const streak = isRemembered ? circuit.streak + 1 : 1;
  const doubledMs = limits.circuitMs * 2 ** Math.min(streak - 1, 16);
  const openMs = Math.min(limits.longestCircuitMs, Math.max(doubledMs, askedMs ?? 0));
  const until = now + Math.round(openMs * (1 + limits.retryJitterFraction * fraction));
  return { state: 'open', reason, streak, until, probingUntil: null };
}

/** The circuit after an answer to its probe. Pure. */
export function closed(circuit: Circuit, now: number): Circuit {
  return { ...circuit, state: 'closed', until: now + limits.circuitMemoryMs, probingUntil: null };
}
