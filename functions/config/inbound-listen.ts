import { isIPv6 } from 'node:net';

import { ConfigError, refuse } from './environment.ts';
import { isListenHost } from './host-names.ts';

/** Where returned mail is listened for, and in which protocol. */
export type InboundListen = {
  readonly protocol: 'lmtp' | 'smtp';
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** 0 leaves it to the system. */
  readonly port: number;
};

const name = 'POSTERN_INBOUND_LISTEN';
const form = 'lmtp:// or smtp:// with an address or name of this machine and a port, such as lmtp://127.0.0.1:2424';

/** Reads the value of the variable; `null` for no listener. Without a domain that mail comes back to, one is a contradiction. */
export function readInboundListen(value: string | null, returnPath: object | null): InboundListen | null {
  if (value === null) return null;
  const url = URL.parse(value);
  const protocol = url?.protocol === 'lmtp:' ? 'lmtp' : url?.protocol === 'smtp:' ? 'smtp' : null;
  if (url === null || protocol === null) return refuse(name, value, form);
  const { username, password, pathname, search, hash, port } = url;
  const more = username + password + pathname.replace('/', '') + search + hash;
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  const host = isIPv6(bare) ? bare : url.hostname.toLowerCase();
  if (more !== '' || port === '' || !isListenHost(host)) return refuse(name, value, form);
  if (returnPath !== null) return { protocol, host, port: Number(port) };
  throw new ConfigError(`${name} is set, but POSTERN_RETURN_PATH_DOMAIN is not: no mail could be believed.`);
}
