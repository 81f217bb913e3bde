/** Randomness, as a port; cryptographically strong in production, seeded in simulation. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** A number from 0 up to, but without, 1. */
  fraction(): number;
}
