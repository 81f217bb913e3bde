import type { Phase } from '../core/outcome.ts';

/** How long an attempt was in each phase at one host, in milliseconds of the monotonic clock; a phase it comes back to adds up. */
export class PhaseTimes {
  readonly #ms = new Map<Phase, number>();
  #current: { readonly phase: Phase; readonly since: number } | null = null;

  /** What follows belongs to the phase, until the next one or `pause`. */
  enter(phase: Phase): void {
    if (this.#current?.phase === phase) return;
    this.pause();
    this.#current = { phase, since: performance.now() };
  }

  /** What follows belongs to none. */
  pause(): void {
    if (this.#current === null) return;
    const { phase, since } = this.#current;
    this.#ms.set(phase, (this.#ms.get(phase) ?? 0) + performance.now() - since);
    this.#current = null;
  }

  /** The phases that were entered, with what has been in them so far. */
  taken(): Readonly<Partial<Record<Phase, number>>> {
    return Object.fromEntries(this.#ms);
  }
}
