import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { mayDial } from '../../functions/dns/vetting.ts';

type Octets = readonly [number, number, number, number];

// IANA IPv4 Special-Purpose Address Registry: network, prefix length.
const specialNetworks: readonly (readonly [Octets, number])[] = [
  [[0, 0, 0, 0], 8],
  [[10, 0, 0, 0], 8],
  [[100, 64, 0, 0], 10],
  [[127, 0, 0, 0], 8],
  [[169, 254, 0, 0], 16],
  [[172, 16, 0, 0], 12],
  [[192, 0, 0, 0], 24],
  [[192, 0, 2, 0], 24],
  [[192, 168, 0, 0], 16],
  [[198, 18, 0, 0], 15],
  [[198, 51, 100, 0], 24],
  [[203, 0, 113, 0], 24],
  [[224, 0, 0, 0], 4],
  [[240, 0, 0, 0], 4],
];

const specialIpv4: fc.Arbitrary<Octets> = fc
  .tuple(fc.constantFrom(...specialNetworks), fc.nat(2 ** 32 - 1))
  .map(([[network, bits], host]) => {
    const mask = 2 ** (32 - bits);
    const number = network[0] * 2 ** 24 + network[1] * 2 ** 16 + network[2] * 2 ** 8 + (host % mask);
    return [number / 2 ** 24, (number / 2 ** 16) % 256, (number / 2 ** 8) % 256, number % 256].map(Math.floor) as never;
  });

const anyIpv4: fc.Arbitrary<Octets> = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));

function hex([a, b, c, d]: Octets): string {
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function inverted([a, b, c, d]: Octets): Octets {
  return [a ^ 255, b ^ 255, c ^ 255, d ^ 255];
}

const embeddings: Readonly<Record<string, (ip: Octets) => string>> = {
  mapped: (ip) => `::ffff:${hex(ip)}`,
  'mapped, dotted': (ip) => `::ffff:${ip.join('.')}`,
  compatible: (ip) => `::${hex(ip)}`,
  'compatible, dotted': (ip) => `::${ip.join('.')}`,
  'translated (RFC 6145)': (ip) => `::ffff:0:${hex(ip)}`,
  'NAT64 (RFC 6052)': (ip) => `64:ff9b::${hex(ip)}`,
  'NAT64, dotted': (ip) => `64:ff9b::${ip.join('.')}`,
  'local NAT64 (RFC 8215)': (ip) => `64:ff9b:1::${hex(ip)}`,
  '6to4': (ip) => `2002:${hex(ip)}::1`,
  'Teredo server': (ip) => `2001:0:${hex(ip)}::1`,
  'Teredo client': (ip) => `2001:0:808:808:0:0:${hex(inverted(ip))}`,
};

describe('an address may be dialled', () => {
  it.each(['8.8.8.8', '1.1.1.1', '192.1.0.1', '100.63.255.255', '2a00:1450:4001::1b', '2607:f8b0:4004:c07::1a'])(
    'when it is global unicast: %s',
    (ip) => expect(mayDial(ip, false)).toBe(true),
  );
});

describe('an address is refused', () => {
  it('when its IPv4 network is private or special', () => {
    fc.assert(
      fc.property(specialIpv4, (ip) => {
        expect(mayDial(ip.join('.'), false)).toBe(false);
      }),
    );
  });

  it.each(Object.keys(embeddings))('when it is IPv4 in IPv6, whatever the IPv4: %s', (name) => {
    fc.assert(
      fc.property(fc.oneof(specialIpv4, anyIpv4), (ip) => {
        expect(mayDial(embeddings[name]?.(ip) ?? '', false)).toBe(false);
      }),
    );
  });

  it.each([
    '::',
    '::1',
    'fe80::1',
    'fec0::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '3fff::1',
    '2001:2::1',
    '2001:10::1',
    '2001:20::1',
    '5f00::1',
    '4000::1',
  ])('when it is IPv6 beside the global unicast space: %s', (ip) => expect(mayDial(ip, false)).toBe(false));

  it.each([
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.1',
    '8.8.8',
    ' 8.8.8.8',
    'fe80::1%eth0',
    '2a00::1%1',
    '',
    'a.b',
  ])('when it is no plain address, even if some parser takes it for one: "%s"', (ip) => {
    expect(mayDial(ip, false)).toBe(false);
    expect(mayDial(ip, true)).toBe(false);
  });

  it('whatever is allowed when no server can be there', () => {
    expect(['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1'].map((ip) => mayDial(ip, true))).toEqual(
      Array(5).fill(false),
    );
  });
});

it('Private and loopback addresses may be dialled where the configuration allows it', () => {
  const ips = ['127.0.0.1', '10.0.0.1', '192.168.1.1', '::1', 'fd00::1', '192.0.2.1', '8.8.8.8'];
  expect(ips.map((ip) => mayDial(ip, true))).toEqual(ips.map(() => true));
});
