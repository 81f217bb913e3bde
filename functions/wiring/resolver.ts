import { createPacketResolver } from '../adapters/resolver-packets.ts';
import { createSystemResolver } from '../adapters/resolver-system.ts';
import { createUdpNameServer } from '../adapters/resolver-udp.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Random } from '../core/ports/random.ts';
import type { Resolver } from '../core/ports/resolver.ts';

/** The configured resolver, which asks every question anew. */
export function wireUncachedResolver(
  { dns }: Pick<Config, 'dns'>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Resolver {
  return dns.kind === 'system'
    ? createSystemResolver({ clock })
    : createPacketResolver({ nameServer: createUdpNameServer({ ...dns, clock }), random });
}
