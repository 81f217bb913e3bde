import { isIP, isIPv4, SocketAddress } from 'node:net';

const groupsOfAddress = 8;
const groupsOfSubnet = 4;

/**
 * What a caller counts as by its address: the address itself in IPv4, however it is written, and in IPv6 the /64 it is in,
 * for that is the least that anybody is given (RFC 6177 §2). A text that is no address counts as itself. Pure.
 */
export function sourceNetwork(address: string): string {
  if (isIP(address) === 0) return address;
  if (isIPv4(address)) return address;
  const [withoutZone = ''] = address.split('%');
  const plain = canonical(withoutZone);
  // An IPv4 address in IPv6 (RFC 4291 §2.5.5.2).
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  return mapped ?? `${canonical(`${firstGroups(plain).join(':')}::`)}/${groupsOfSubnet * 16}`;
}

function firstGroups(address: string): string[] {
  const [before = [], after = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: groupsOfAddress - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].slice(0, groupsOfSubnet);
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}
