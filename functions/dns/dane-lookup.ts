import type { DnsFailure, Resolver } from '../core/ports/resolver.ts';
import type { DaneReference } from '../core/tls/tls-policy.ts';
import type { HostAddresses } from './host-addresses.ts';
import { isTrustAnchor, usableTlsa } from './usable-tlsa.ts';

/**
 * What DNS says about the TLS of a mail host: nothing that counts (`none`), records that its certificate has to match, or
 * records that nobody can match, which still promise TLS (`unusable`; RFC 7672 §2.2). A failure leaves the host out of use.
 */
export type Dane =
  | { readonly kind: 'none' }
  | { readonly kind: 'unusable' }
  | { readonly kind: 'usable'; readonly reference: DaneReference }
  | DnsFailure;

type FoundAddresses = Extract<HostAddresses, { kind: 'addresses' }>;

/**
 * Asks for the TLSA records of a mail host whose own name was found in an authenticated answer. Only authenticated records
 * count, and only of a host whose addresses are authenticated (RFC 7672 §2.2.2): elsewhere no question is asked. Where an alias
 * leads to the addresses, its end comes first and then the name itself (§2.2.3).
 */
export async function daneOf(
  { host, domain, port }: { readonly host: string; readonly domain: string; readonly port: number },
  found: FoundAddresses,
  deadline: number,
  resolver: Resolver,
): Promise<Dane> {
  if (!found.authenticated) return { kind: 'none' };
  for (const base of new Set([found.canonicalName, host])) {
    const answer = await resolver.tlsa(`_${port}._tcp.${base}`, deadline);
    if (answer.kind === 'failure') return answer;
    if (answer.kind !== 'records' || !answer.authenticated) continue;
    const records = usableTlsa(answer.records);
    if (records.length === 0) return { kind: 'unusable' };
    // Where no name is compared, hosts of many domains are the same to us.
    const names = records.some(isTrustAnchor) ? [...new Set([host, domain])].filter((name) => name !== base) : [];
    return { kind: 'usable', reference: { base, names, records } };
  }
  return { kind: 'none' };
}
