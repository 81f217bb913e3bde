import { addressesOfHost, type HostLookup } from '../dns/host-addresses.ts';

/** The addresses of a web server that other people have named, vetted, or in one sentence why there are none. */
export async function addressesForHttps(
  host: string,
  deadline: number,
  lookup: HostLookup,
): Promise<
  { readonly kind: 'addresses'; readonly ips: readonly string[] } | { readonly kind: 'none'; readonly detail: string }
> {
  const found = await addressesOfHost(host, deadline, lookup);
  switch (found.kind) {
    case 'addresses':
      return found;
    case 'failure':
      return { kind: 'none', detail: `The host ${host} could not be looked up. ${found.detail}` };
    case 'none':
      return { kind: 'none', detail: `The host ${host} has no address.` };
    case 'refused':
      return { kind: 'none', detail: `The host ${host} has only addresses that are not dialled.` };
  }
}
