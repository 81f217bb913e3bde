/**
 * Numbers of one piece of work, none of them negative. The end of the name is the unit: `_ms`, `_seconds`, otherwise a count.
 * Names come from a closed set of ours, and there are only numbers: nothing of a mail can get in.
 */
export type Measures = Readonly<Record<string, number>>;

/** Numbers that somebody wants to add up over time. */
export interface Metrics {
  /** One piece of work, as one line of the log at most. `event` is a stable snake_case word. Never throws. */
  record(event: string, measures: Measures): void;
}
