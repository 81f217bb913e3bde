/** A JSON pointer (RFC 6901 §3) to a place in a body; the empty path is the whole body. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
