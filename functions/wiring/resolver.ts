import { createHttpsNameServer } from '../adapters/resolver-https.ts';
import { createPacketResolver } from '../adapters/resolver-packets.ts';
import { createSystemResolver } from '../adapters/resolver-system.ts';
import { createUdpNameServer } from '../adapters/resolver-udp.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { NameServer } from '../core/ports/name-server.ts';
import type { Random } from '../core/ports/random.ts';
import type { DnsFailure, Resolver } from '../core/ports/resolver.ts';
import { createCachedResolver } from '../dns/cached-resolver.ts';
import { addressesOfConfiguredHost, type HostAddresses } from '../dns/host-addresses.ts';
import { wireTrust } from './trust.ts';

type DnsConfig = Pick<Config, 'dns' | 'allowPrivateAddresses' | 'tlsCaFile'>;
type Ambient = { readonly clock: Clock; readonly random: Random };

/** The configured resolver, which asks every question anew. */
export function wireUncachedResolver(config: DnsConfig, { clock, random }: Ambient): Resolver {
  const { dns } = config;
  switch (dns.kind) {
    case 'system':
      return createSystemResolver({ clock });
    case 'udp':
      return createPacketResolver({ nameServer: createUdpNameServer({ ...dns, clock }), random });
    case 'https':
      return createPacketResolver({ nameServer: wireHttpsNameServer(dns.url, config, clock), random });
  }
}

// The name of the resolver itself can only be asked of the machine's own; what it answers is vetted like any host's address.
function wireHttpsNameServer(url: URL, config: DnsConfig, clock: Clock): NameServer {
  const { allowPrivateAddresses } = config;
  const resolver = createCachedResolver(createSystemResolver({ clock }), clock);
  return createHttpsNameServer(url, {
    clock,
    secureContext: wireTrust(config),
    addressesOf: async (host, deadline) => {
      const found = await addressesOfConfiguredHost(host, deadline, { resolver, allowPrivateAddresses });
      return found.kind === 'addresses' ? found : unreachable(host, found);
    },
  });
}

function unreachable(host: string, found: Exclude<HostAddresses, { kind: 'addresses' }>): DnsFailure {
  switch (found.kind) {
    case 'failure':
      return { ...found, detail: `The resolver ${host} could not be looked up. ${found.detail}` };
    case 'none':
      return { kind: 'failure', code: 'unreachable', detail: `The resolver ${host} has no address.` };
    case 'refused':
      return {
        kind: 'failure',
        code: 'unreachable',
        detail: `The resolver ${host} has only private or special addresses, which are not dialled unless the configuration allows it.`,
      };
  }
}
