/** A number from 0 up to, but without, `count`, the same for the same id. */
export function shardOf(id: string, count: number): number {
  // The last characters of an id are random; a sum over all of it spreads the deliveries of one email as well.
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum += id.charCodeAt(at);
  return sum % count;
}
