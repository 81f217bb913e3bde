const whiteSpace = ' \t\r\n';
const tagName = /^[a-z][a-z\d_]*$/i;

/**
 * Reads `name=value; name=value` (RFC 6376 §3.2, which DMARC and TLS-RPT share): values without the white space around them, in
 * the order given. `null` for what is no such list, one with a name twice included. Pure.
 */
export function parseTagList(text: string): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>();
  for (const part of text.split(';')) {
    const spec = trimmed(part);
    if (spec === '') continue;
    const equals = spec.indexOf('=');
    const name = trimmed(spec.slice(0, Math.max(equals, 0)));
    if (!tagName.test(name) || tags.has(name)) return null;
    tags.set(name, trimmed(spec.slice(equals + 1)));
  }
  return tags.size === 0 ? null : tags;
}

// `trim` knows more white space than the RFC; a pattern for the end would take quadratic time on what strangers publish.
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && whiteSpace.includes(text.charAt(start))) start++;
  while (end > start && whiteSpace.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
