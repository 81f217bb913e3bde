import { isIP } from 'node:net';

import type { DnsFailure, Resolver } from '../core/ports/resolver.ts';
import { isHostName, isLocalhost } from './host-name.ts';
import { mayDial } from './vetting.ts';

/**
 * The addresses of a host that may be dialled, or why there are none: `refused` when it has some but none that may be,
 * `none` when it is known to have none, `failure` when that is not known.
 */
export type HostAddresses =
  | {
      readonly kind: 'addresses';
      readonly ips: readonly string[];
      /** Whether every answer that they are from was. */
      readonly authenticated: boolean;
      /** Where aliases led to. */
      readonly canonicalName: string;
    }
  | { readonly kind: 'refused' }
  | { readonly kind: 'none' }
  | DnsFailure;

export type HostLookup = { readonly resolver: Resolver; readonly allowPrivateAddresses: boolean };

/**
 * Looks up and vets the addresses of one host, in the order of the answers (RFC 5321 §5.1), IPv4 first: it is what every
 * network that lets port 25 out has. One family that fails does not spoil the other. Has ended by `deadline`.
 */
export async function addressesOfHost(host: string, deadline: number, lookup: HostLookup): Promise<HostAddresses> {
  if (isLocalhost(host)) return vetted(host, ['127.0.0.1', '::1'], lookup);
  if (!isHostName(host)) return { kind: 'none' };
  const [a, aaaa] = await Promise.all([lookup.resolver.a(host, deadline), lookup.resolver.aaaa(host, deadline)]);
  const answers = [a, aaaa].filter((answer) => answer.kind === 'records');
  const found = vetted(
    answers[0]?.canonicalName ?? host,
    answers.flatMap(({ records }) => records),
    lookup,
    answers.every(({ authenticated }) => authenticated),
  );
  if (found.kind === 'addresses') return found;
  // The family that failed may hold the address that is missing.
  if (a.kind === 'failure') return a;
  return aaaa.kind === 'failure' ? aaaa : found;
}

/** The same for a configured host that may be an address already. */
export async function addressesOfConfiguredHost(
  host: string,
  deadline: number,
  lookup: HostLookup,
): Promise<HostAddresses> {
  return isIP(host) === 0 ? await addressesOfHost(host, deadline, lookup) : vetted(host, [host], lookup);
}

function vetted(
  canonicalName: string,
  ips: readonly string[],
  { allowPrivateAddresses }: HostLookup,
  authenticated = false,
): HostAddresses {
  if (ips.length === 0) return { kind: 'none' };
  const good = ips.filter((ip) => mayDial(ip, allowPrivateAddresses));
  return good.length === 0 ? { kind: 'refused' } : { kind: 'addresses', ips: good, authenticated, canonicalName };
}
