import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

const subnetBits = 64;

/**
 * What a caller counts as by its address: the address itself in IPv4, however it is written, and in IPv6 the /64 it is in,
 * for that is the least that anybody is given (RFC 6177 §2). A text that is no address counts as itself. Pure.
 */
export function sourceNetwork(address: string): string {
  if (isIP(address) === 0) return address;
  const [withoutZone = ''] = address.split('%');
  const plain = ipaddr.process(withoutZone);
  if (plain instanceof ipaddr.IPv4) return plain.toString();
  const subnet = ipaddr.IPv6.networkAddressFromCIDR(`${plain.toString()}/${subnetBits}`);
  return `${subnet.toString()}/${subnetBits}`;
}
