import { isIP } from 'node:net';

import { type Environment, refuse, valueOf } from './environment.ts';

/** Which resolver is asked. */
export type DnsSettings =
  | { readonly kind: 'system' }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number };

const name = 'POSTERN_DNS';
const dnsPort = 53;
const highestPort = 65_535;

/** Reads `system` or `udp://address:port`. The resolver is named by address, for a name would need a resolver. */
export function readDns(environment: Environment): DnsSettings {
  const value = valueOf(environment, name) ?? 'system';
  if (value === 'system') return { kind: 'system' };
  const [, bracketed, plain, port] = /^udp:\/\/(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?\/?$/i.exec(value) ?? [];
  const host = bracketed ?? plain ?? '';
  const number = port === undefined ? dnsPort : Number(port);
  if (isIP(host) === 0 || number < 1 || number > highestPort) {
    refuse(name, value, 'system, or udp:// with the address and port of a resolver, such as udp://127.0.0.1:53');
  }
  return { kind: 'udp', host, port: number };
}
