const nameOctets = 253;
// Underscores are against RFC 1123 §2.1 and in use.
const label = /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i;

/**
 * Whether a name from DNS or the configuration may be looked up and shown as a host: letters, digits and hyphens only. A name
 * that ends in a number is an address in some notation (192.0.2.1, 127.1, 0x7f000001) and never a host (RFC 3696 §2). Pure.
 */
export function isHostName(name: string): boolean {
  const labels = name.split('.');
  if (name.length > nameOctets || !labels.every((part) => label.test(part))) return false;
  return !/^(?:\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? '');
}

/** Whether the name means this machine, whatever DNS says (RFC 6761 §6.3). */
export function isLocalhost(name: string): boolean {
  return /(?:^|\.)localhost$/i.test(name);
}
