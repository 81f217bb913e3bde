const dayMs = 86_400_000;

/** The UTC day that holds a moment, as `2026-11-25`. */
export function utcDayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** When a day begins, and when the next one does. */
export function spanOf(day: string): { readonly begin: number; readonly end: number } {
  const begin = Date.parse(`${day}T00:00:00Z`);
  return { begin, end: begin + dayMs };
}
