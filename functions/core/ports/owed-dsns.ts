import type { DeliveryId, ProjectId } from '../ids.ts';

/** A delivery that may have brought about notifications, under a name of its own. */
export type OwedDsn = { readonly id: number; readonly projectId: ProjectId; readonly deliveryId: DeliveryId };

/** Remembers, from the transaction that wrote a delivery, that somebody has to look whether its sender is to be told. */
export interface OwedDsns {
  /** Up to `limit` that nobody has looked at, the oldest first, each hidden from other callers until `hiddenUntil`. */
  left(now: number, limit: number, hiddenUntil: number): Promise<readonly OwedDsn[]>;
  /** Somebody has looked. */
  forget(id: number): Promise<void>;
}
