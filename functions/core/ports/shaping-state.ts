/** A small record that all workers share, as it stands in store; `version` counts its writes from 1. */
export type SharedRecord = { readonly version: number; readonly value: unknown };

/**
 * What workers have to know of each other to keep the limits of a provider: a few small records by name, each changed by
 * whoever has seen its last version. None of it is mail; all of it may be lost, and then limits begin anew.
 */
export interface ShapingState {
  /** The record as of the last write, `null` when there is none. */
  read(name: string): Promise<SharedRecord | null>;
  /**
   * Puts the value (JSON) in the place of version `next.version - 1`, or of nothing when that is 0; `false` when another
   * version is in store. The record may be forgotten after `keepUntil` (milliseconds).
   */
  replace(name: string, next: SharedRecord, keepUntil: number): Promise<boolean>;
  /** Forgets records whose time is over, where the store does not by itself. */
  purge(now: number): Promise<void>;
}
