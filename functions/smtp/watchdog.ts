/**
 * One deadline that is moved often and rarely met. Moving it later costs no timer: the timer that is set looks again when
 * it fires.
 */
export class Watchdog {
  readonly #onLate: () => void;
  #lateAt = Infinity;
  #timer: NodeJS.Timeout | null = null;
  #firesAt = Infinity;

  constructor(onLate: () => void) {
    this.#onLate = onLate;
  }

  /** `lateAt` is in milliseconds of the monotonic clock (`performance.now`). */
  set(lateAt: number): void {
    this.#lateAt = lateAt;
    if (this.#firesAt <= lateAt) return;
    clearTimeout(this.#timer ?? undefined);
    this.#arm();
  }

  /** No deadline, until the next one is set. */
  rest(): void {
    this.#lateAt = Infinity;
  }

  /** No deadline and no timer. */
  stop(): void {
    this.rest();
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    this.#firesAt = Infinity;
  }

  #arm(): void {
    this.#firesAt = this.#lateAt;
    // Timers take at most 2^31 - 1 milliseconds; more fires at once.
    const delayMs = Math.min(Math.max(0, Math.ceil(this.#lateAt - performance.now())), 2_147_483_647);
    this.#timer = setTimeout(() => this.#look(), delayMs);
  }

  #look(): void {
    this.#timer = null;
    this.#firesAt = Infinity;
    if (this.#lateAt === Infinity) return;
    if (performance.now() >= this.#lateAt) {
      this.#lateAt = Infinity;
      this.#onLate();
    } else {
      this.#arm();
    }
  }
}
