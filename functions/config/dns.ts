import { isIP } from 'node:net';

import { type Environment, refuse, valueOf } from './environment.ts';

/** Which resolver is asked. */
export type DnsSettings =
  | { readonly kind: 'system' }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'https'; readonly url: URL };

const name = 'POSTERN_DNS';
const dnsPort = 53;
const highestPort = 65_535;
const accepted =
  'system, udp:// with the address and port of a resolver, such as udp://127.0.0.1:53, or a URL such as https://dns.example/dns-query';

/**
 * Reads `system`, `udp://address:port`, which names the resolver by address, for a name would need a resolver, or the
 * `https://` URL of one that speaks RFC 8484, whose name the machine's own resolver finds.
 */
export function readDns(environment: Environment): DnsSettings {
  const value = valueOf(environment, name) ?? 'system';
  if (value === 'system') return { kind: 'system' };
  if (/^https:/i.test(value)) return readHttps(value);
  const [, bracketed, plain, port] = /^udp:\/\/(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?\/?$/i.exec(value) ?? [];
  const host = bracketed ?? plain ?? '';
  const number = port === undefined ? dnsPort : Number(port);
  if (isIP(host) === 0 || number < 1 || number > highestPort) {
    refuse(name, value, accepted);
  }
  return { kind: 'udp', host, port: number };
}

// A login would be a secret, and a fragment never leaves us.
function readHttps(value: string): DnsSettings {
  const url = URL.parse(value);
  const usable = url !== null && url.username === '' && url.password === '' && url.hash === '' && url.port !== '0';
  return usable && !/[{}]/.test(value) ? { kind: 'https', url } : refuse(name, null, accepted);
}
