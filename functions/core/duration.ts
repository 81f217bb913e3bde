const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What `parseDuration` takes, in words for a refusal. */
export const durationForm = 'a whole number with the unit ms, s, m, h or d, such as 30s or 5d';

/** Reads `30s`, `5m`, `2h`, … into milliseconds; `null` for anything else, a bare number included, for its unit would be a guess. */
export function parseDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  if (count === undefined || unit === undefined) return null;
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  return Number.isSafeInteger(ms) ? ms : null;
}
