import { isIP } from 'node:net';

/** A name of letters, digits and hyphens (RFC 1123 §2.1). */
export function isHostname(value: string): boolean {
  const label = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
  return value.length <= 253 && value.split('.').every((part) => label.test(part));
}

/** What EHLO may say: a name, or an address literal (RFC 5321 §4.1.4 wants it resolvable; only the form can be checked here). */
export function isEhloName(value: string): boolean {
  const literal = /^\[(?:IPv6:)?(.+)\]$/i.exec(value)?.[1];
  return literal === undefined ? isHostname(value) : isIP(literal) !== 0;
}

/** An address or a name of a machine; a name that ends in a number is an address gone wrong. */
export function isListenHost(value: string): boolean {
  return isIP(value) !== 0 || (isHostname(value) && !/(?:^|\.)\d+$/.test(value));
}
