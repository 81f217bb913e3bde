import { createHttpsPolicyHost } from '../adapters/policy-host-https.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { StsPolicies } from '../core/ports/sts-policies.ts';
import type { TlsResults } from '../core/ports/tls-results.ts';
import { createSts, type Sts } from '../dns/sts-lookup.ts';
import { checkSubjectAlternativeName } from '../smtp/pkix-verdict.ts';
import { addressesForHttps } from './https-addresses.ts';
import { wireTrust } from './trust.ts';

const httpsPort = 443;

/** MTA-STS on the shared store, over the configured resolver. Policy hosts are vetted and trusted like mail hosts. */
export function wireSts(
  config: Pick<Config, 'allowPrivateAddresses' | 'smtpTimeouts' | 'tlsCaFile'>,
  stsPolicies: StsPolicies,
  resolver: Resolver,
  tlsResults: TlsResults,
  ambient: { readonly clock: Clock; readonly log: Log },
): Sts {
  const { allowPrivateAddresses, smtpTimeouts } = config;
  const { clock, log } = ambient;
  const policyHost = createHttpsPolicyHost({
    clock,
    addressesOf: (host, deadline) => addressesForHttps(host, deadline, { resolver, allowPrivateAddresses }),
    secureContext: wireTrust(config),
    checkServerIdentity: checkSubjectAlternativeName,
    port: httpsPort,
  });
  const { policyMs } = smtpTimeouts;
  return createSts({ resolver, stsPolicies, policyHost, tlsResults, clock, log, policyMs });
}
