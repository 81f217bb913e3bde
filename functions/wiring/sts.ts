import { createHttpsPolicyHost } from '../adapters/policy-host-https.ts';
import type { Config } from '../config.ts';
import { logTlsResults } from '../core/log-tls-results.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { StsPolicies } from '../core/ports/sts-policies.ts';
import { addressesOfHost, type HostLookup } from '../dns/host-addresses.ts';
import { createSts, type Sts } from '../dns/sts-lookup.ts';
import { checkSubjectAlternativeName } from '../smtp/pkix-verdict.ts';
import { wireTrust } from './trust.ts';

const httpsPort = 443;

/** MTA-STS on the shared store, over the configured resolver. Policy hosts are vetted and trusted like mail hosts. */
export function wireSts(
  config: Pick<Config, 'allowPrivateAddresses' | 'smtpTimeouts' | 'tlsCaFile'>,
  stsPolicies: StsPolicies,
  resolver: Resolver,
  ambient: { readonly clock: Clock; readonly log: Log },
): Sts {
  const { allowPrivateAddresses, smtpTimeouts } = config;
  const { clock, log } = ambient;
  const policyHost = createHttpsPolicyHost({
    clock,
    addressesOf: (host, deadline) => policyAddresses(host, deadline, { resolver, allowPrivateAddresses }),
    secureContext: wireTrust(config),
    checkServerIdentity: checkSubjectAlternativeName,
    port: httpsPort,
  });
  const { policyMs } = smtpTimeouts;
  return createSts({ resolver, stsPolicies, policyHost, tlsResults: logTlsResults(log), clock, log, policyMs });
}

async function policyAddresses(
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
      return { kind: 'none', detail: `The policy host ${host} could not be looked up. ${found.detail}` };
    case 'none':
      return { kind: 'none', detail: `The policy host ${host} has no address.` };
    case 'refused':
      return { kind: 'none', detail: `The policy host ${host} has only addresses that are not dialled.` };
  }
}
