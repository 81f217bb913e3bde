import { createHash } from 'node:crypto';

/**
 * A digest of a parsed JSON body: equal for equal values, whatever the order of keys and the white space of the text were.
 * Strings are preceded by their length, so that no two different values are written alike.
 */
export function fingerprintOf(body: unknown): string {
  const parts: string[] = [];
  write(body, parts);
  return createHash('sha256').update(parts.join('')).digest('hex');
}

// As deep as the JSON reader lets a body be.
function write(value: unknown, parts: string[]): void {
  if (typeof value === 'string') {
    parts.push(`"${value.length}:`, value);
  } else if (Array.isArray(value)) {
    parts.push(`[${value.length}:`);
    for (const item of value) write(item, parts);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
    parts.push(`{${entries.length}:`);
    for (const [key, item] of entries) {
      write(key, parts);
      write(item, parts);
    }
  } else {
    parts.push(`${String(value)};`);
  }
}
