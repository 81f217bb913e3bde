import { getConnInfo } from '@hono/node-server/conninfo';

import { sourceNetwork } from '../dns/source-network.ts';
import type { AppPorts } from '../http/ports.ts';

/** Where a request to Node's server comes from: the other end of its connection. One that is closed already counts as unknown. */
export function sourceOfConnection(c: Parameters<AppPorts['sourceOf']>[0]): string {
  return sourceNetwork(getConnInfo(c).remote.address ?? 'unknown');
}
