const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const unitMs: Readonly<Record<string, number>> = { s: second, m: minute, h: hour };
const inWords =
  /\b(?:in|after|within|wait|for)\s{1,3}(?:about\s)?(\d{1,6})\s{0,3}(s|m|h)(?:|ecs?|econds?|ins?|inutes?|rs?|ours?)\b/i;
const onTheClock = /\b(\d{1,2}):([0-5]\d):([0-5]\d)\b/;

/** The wait that a reply's text states ("try again in 300 seconds", "come back in 00:04:59"), in milliseconds, or `null`. Pure, in linear time. */
export function statedDelayMs(text: string): number | null {
  const [, count, unit] = inWords.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * (unitMs[unit.toLowerCase()] ?? 0);
  const [, hours, minutes, seconds] = onTheClock.exec(text) ?? [];
  if (hours === undefined) return null;
  return Number(hours) * hour + Number(minutes) * minute + Number(seconds) * second;
}
