import type { KeptOwed, Owed } from '../events/owed.ts';

/** Remembers what endpoints may be owed, from before a write until somebody has looked at what came of it. */
export interface OwedEvents {
  /** Durable when it resolves. */
  keep(owed: Owed): Promise<KeptOwed>;
  /** Somebody has looked. */
  forget(id: string): Promise<void>;
  /** Up to `limit` that nobody has looked at in time, each hidden from other callers until `hiddenUntil`. */
  left(now: number, limit: number, hiddenUntil: number): Promise<readonly KeptOwed[]>;
}
