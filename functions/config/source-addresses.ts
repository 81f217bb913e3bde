import { isIP } from 'node:net';

import type { SourceAddress } from '../core/shaping/source-address.ts';
import { ConfigError, refuse } from './environment.ts';
import { isEhloName } from './host-names.ts';

const name = 'POSTERN_SOURCE_ADDRESSES';
const form =
  'a comma list of addresses of this machine, each with its EHLO name and the first day of its warm-up if need be, such as 192.0.2.1=mta1.example.com;warmup=2026-03-01';
const date = /^\d{4}-\d{2}-\d{2}$/;

/** Reads `address[=EHLO name][;warmup=YYYY-MM-DD],…`; whether the addresses are there is for the start to see. */
export function readSourceAddresses(value: string | null): readonly SourceAddress[] {
  if (value === null) return [];
  const sources = value.split(',').map((entry) => sourceIn(entry.trim()) ?? refuse(name, value, form));
  const twice = sources.find(({ ip }, index) => sources.findIndex((other) => other.ip === ip) !== index);
  if (twice !== undefined) throw new ConfigError(`${name} names ${twice.ip} twice: an address is listed once.`);
  return sources;
}

function sourceIn(entry: string): SourceAddress | null {
  const [address = '', ...options] = entry.split(';').map((part) => part.trim());
  const [ip = '', ehloName = null, ...rest] = address.split('=').map((part) => part.trim());
  const [warmup, ...others] = options;
  const warmupFrom = warmup === undefined ? null : dayIn(warmup);
  const isFine =
    isIP(ip) !== 0 && rest.length === 0 && others.length === 0 && (ehloName === null || isEhloName(ehloName));
  return isFine && !Number.isNaN(warmupFrom) ? { ip: usualForm(ip), ehloName, warmupFrom } : null;
}

// As the system names it, zeros left out (RFC 5952).
function usualForm(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;
}

// JavaScript takes 2026-02-30 for the second of March.
function dayIn(option: string): number {
  const [key, day = '', ...rest] = option.split('=').map((part) => part.trim());
  const at = key === 'warmup' && rest.length === 0 && date.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day) ? at : Number.NaN;
}
