/** Whether a mail host is one of those that an MTA-STS policy lists; a wildcard is exactly one label (RFC 8461 §4.1). Pure. */
export function isListed(host: string, patterns: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  const dot = name.indexOf('.');
  const wildcard = dot <= 0 ? null : `*${name.slice(dot)}`;
  return patterns.some((pattern) => pattern === name || pattern === wildcard);
}
