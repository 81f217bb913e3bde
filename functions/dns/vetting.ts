import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

// Global unicast is 2000::/3 and nothing else (RFC 4291 §2.4): so every mapped, compatible, translated and local form is
// out, those included that the library calls unicast, such as ::7f00:1. Inside it, what the library does not know of:
const globalUnicast = ipaddr.IPv6.parse('2000::');
const globalUnicastBits = 3;
const specialRanges: [ipaddr.IPv6, number][] = [
  [ipaddr.IPv6.parse('2001::'), 23], // RFC 2928: Teredo, benchmarking, ORCHID and what IETF protocols use
  [ipaddr.IPv6.parse('2001:db8::'), 32], // RFC 3849
  [ipaddr.IPv6.parse('2002::'), 16], // RFC 3056: 6to4 carries any IPv4 address
  [ipaddr.IPv6.parse('3fff::'), 20], // RFC 9637
];

// No server can be there, whatever is permitted.
const neverDialled = new Set(['multicast', 'broadcast', 'unspecified']);

/**
 * Whether an address may be dialled, judged on its numeric form alone: a plain IPv4 or IPv6 address that is global unicast
 * in the IANA special-purpose registries (RFC 6890), in no form that carries another address within. Pure.
 * With `allowPrivate` everything goes but what is no address, multicast, broadcast or unspecified.
 */
export function mayDial(ip: string, allowPrivate: boolean): boolean {
  // The library also reads octal, hexadecimal and shortened IPv4; zones name an interface of ours.
  if (isIP(ip) === 0 || ip.includes('%')) return false;
  const address = ipaddr.parse(ip);
  if (allowPrivate) return !neverDialled.has(address.range());
  return address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || isGlobal(address));
}

function isGlobal(address: ipaddr.IPv6): boolean {
  if (!address.match(globalUnicast, globalUnicastBits)) return false;
  return !specialRanges.some(([network, bits]) => address.match(network, bits));
}
