/**
 * Messages that an address new to a provider may send there on each day of its warm-up, from the first on: what the guides of
 * the large senders have in common, half more to twice as much from day to day. After the last day there is no limit.
 */
const schedule = [
  50, 100, 250, 500, 1_000, 2_000, 4_000, 7_000, 10_000, 15_000, 20_000, 30_000, 40_000, 60_000, 80_000, 100_000,
  130_000, 170_000, 220_000, 300_000, 400_000,
] as const;

/** Messages to one provider on day `day` of a warm-up, counted from 0; 0 before it begins, `null` once it is over. Pure. */
export function warmupMessages(day: number): number | null {
  return day < 0 ? 0 : (schedule[day] ?? null);
}
