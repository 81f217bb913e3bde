import { networkInterfaces } from 'node:os';

import type { Config } from '../config.ts';
import { readShaping } from '../config/shaping.ts';
import { readSourceAddresses } from '../config/source-addresses.ts';
import { classify } from '../bounce/classify.ts';
import type { SharingPorts } from '../core/shaping/circuit-records.ts';
import { createCircuits } from '../core/shaping/circuits.ts';
import { createConnectionSlots } from '../core/shaping/connection-slots.ts';
import type { ShapingPorts } from '../core/shaping/host-visits.ts';
import { mxGroupOf } from '../core/shaping/mx-group.ts';
import { createShaper } from '../core/shaping/shaper.ts';
import { shapeOf, type ShapingPolicy } from '../core/shaping/shape.ts';
import { createSharedRates } from '../core/shaping/shared-rates.ts';
import type { SourceAddress } from '../core/shaping/source-address.ts';
import type { HostCaps } from '../smtp/settings.ts';

/** What an attempt asks before it connects, and what the SMTP client holds each host to. */
export type WiredShaping = ShapingPorts & { readonly capsOf: (host: string) => HostCaps };

/** What is set, checked. */
export type ShapingSettings = { readonly policy: ShapingPolicy; readonly sources: readonly SourceAddress[] };

const holderBytes = 9;

/** The parts of shaping, for one worker. */
export function wireShaping(config: Config, ports: SharingPorts): WiredShaping {
  const { policy, sources } = readShapingSettings(config);
  // One process has its store for itself, and so its connections: after a start they are its own again.
  const holder = config.aws === null ? 'local' : Buffer.from(ports.random.bytes(holderBytes)).toString('base64url');
  const slots = createConnectionSlots(holder, ports);
  const rates = createSharedRates(ports);
  const shape = (group: string, host: string) => shapeOf(policy, group, host);
  const shaper = createShaper({ ...ports, circuits: createCircuits(ports), rates, slots, shapeOf: shape });
  const capsOf = (host: string): HostCaps => {
    const group = mxGroupOf(host);
    const { connections, connectionsShared, messagesPerConnection } = shape(group, host);
    const messages = Math.min(messagesPerConnection ?? Infinity, config.messagesPerConnection);
    if (connections === null) return { group: null, connections: config.connectionsPerHost, messages };
    if (connectionsShared) return { group, connections: Math.min(connections, slots.granted(group)), messages };
    return { group, connections: Math.min(connections, config.connectionsPerHost), messages };
  };
  return { shaper, rates, classify, sources, capsOf };
}

/**
 * Reads the settings of limits and of source addresses. Throws an Error of one sentence when one is wrong, or an address is not
 * of this machine.
 */
export function readShapingSettings({
  shaping,
  sourceAddresses,
}: Pick<Config, 'shaping' | 'sourceAddresses'>): ShapingSettings {
  const sources = readSourceAddresses(sourceAddresses);
  const own = new Set(Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []));
  const stray = sources.find(({ ip }) => !own.has(ip));
  if (stray === undefined) return { policy: readShaping(shaping), sources };
  throw new Error(
    `POSTERN_SOURCE_ADDRESSES names ${stray.ip}, which is no address of this machine: it has ${[...own].join(', ')}.`,
  );
}
