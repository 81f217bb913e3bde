import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';

import { sourceNetwork } from '../../functions/dns/source-network.ts';

const group = fc.oneof(fc.constantFrom(0, 0xffff), fc.nat(0xffff));

describe('the source of a request', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['unknown', 'unknown'],
    ['1', '1'],
    ['', ''],
  ])('%s counts as %s', (address, source) => {
    expect(sourceNetwork(address)).toBe(source);
  });

  it('is the subnet that ipaddr.js finds', () => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const address = groups.map((value) => value.toString(16)).join(':');
        const known = ipaddr.parse(address) as ipaddr.IPv6;
        const source = known.isIPv4MappedAddress()
          ? known.toIPv4Address().toString()
          : `${ipaddr.IPv6.networkAddressFromCIDR(`${known.toString()}/64`).toString()}/64`;
        expect(sourceNetwork(address)).toBe(source);
      }),
    );
  });
});
