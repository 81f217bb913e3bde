import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { PolicyHost } from '../core/ports/policy-host.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import type { KeptStsPolicy, StsPolicies } from '../core/ports/sts-policies.ts';
import type { TlsResults } from '../core/ports/tls-results.ts';
import { plainPolicy, type TlsFailure } from '../core/tls/tls-policy.ts';
import type { StsLookup } from './mx-router.ts';
import { parseStsPolicy } from './parse-sts-policy.ts';
import { stsIdIn } from './sts-record.ts';
import { createStsMemory } from './sts-memory.ts';

export type StsPorts = {
  readonly resolver: Resolver;
  readonly stsPolicies: StsPolicies;
  readonly policyHost: PolicyHost;
  readonly tlsResults: TlsResults;
  readonly clock: Clock;
  readonly log: Log;
  /** The longest that fetching one policy may take. */
  readonly policyMs: number;
};

export type Sts = {
  readonly stsOf: StsLookup;
  /** Fetches anew what was not checked for a day, so that a policy does not expire unnoticed (RFC 8461 §3.3). */
  refresh(signal: AbortSignal): Promise<void>;
};

const refreshedAtOnce = 100;

/**
 * MTA-STS policies of domains (RFC 8461 §3.3). A DNS record with an id that is not the kept one's has the policy fetched; where
 * there is no record, no answer or no policy to be had, a kept one holds until it expires, and else there is none.
 */
export function createSts(ports: StsPorts): Sts {
  const { clock, resolver, log } = ports;
  const memory = createStsMemory(ports);
  const flights = new Map<string, Promise<KeptStsPolicy | null>>();

  // One at a time for each domain, whoever asks.
  const fetchOnce = (domain: string, id: string, kept: KeptStsPolicy | null, deadline: number) => {
    const known = flights.get(domain);
    if (known !== undefined) return known;
    const flight = fetchPolicy(domain, id, kept, deadline, ports).finally(() => flights.delete(domain));
    flights.set(domain, flight);
    return flight;
  };

  const current = async (domain: string, deadline: number): Promise<KeptStsPolicy | null> => {
    const id = idIn(await resolver.txt(`_mta-sts.${domain}`, deadline));
    const kept = await memory.find(domain, id);
    if (id === null) return kept;
    if (kept?.id === id && !isUnchecked(kept, clock.now())) return kept;
    if (!memory.mayFetch(domain, id)) return kept;
    const fetched = await fetchOnce(domain, id, kept, Math.min(deadline, clock.now() + ports.policyMs));
    if (fetched === null) memory.pauseFetching(domain, id);
    else memory.remember(fetched);
    return fetched ?? kept;
  };

  return {
    async stsOf(domain, deadline) {
      try {
        return (await current(domain, deadline))?.policy ?? null;
      } catch (error) {
        log.error('sts_policy_unknown', { domain, why: String(error) });
        return { kind: 'unknown', detail: 'The store of policies cannot be read.' };
      }
    },
    async refresh(signal) {
      const now = clock.now();
      const due = await ports.stsPolicies.unchecked(now - limits.stsRefreshMs, now, refreshedAtOnce);
      for (const kept of due) {
        if (signal.aborted) return;
        const deadline = clock.now() + ports.policyMs;
        const id = idIn(await resolver.txt(`_mta-sts.${kept.domain}`, deadline));
        const fetched = await fetchOnce(kept.domain, id ?? kept.id, kept, deadline);
        if (fetched !== null) memory.remember(fetched);
      }
    },
  };
}

function idIn(answer: Awaited<ReturnType<Resolver['txt']>>): string | null {
  return answer.kind === 'records' ? stsIdIn(answer.records) : null;
}

function isUnchecked({ checkedAt }: KeptStsPolicy, now: number): boolean {
  return now - checkedAt > limits.stsRefreshMs;
}

/** Fetches and keeps a policy; `null` when there is none to be had, which operator and reports are told. */
async function fetchPolicy(
  domain: string,
  id: string,
  kept: KeptStsPolicy | null,
  deadline: number,
  { policyHost, stsPolicies, tlsResults, clock, log }: StsPorts,
): Promise<KeptStsPolicy | null> {
  const fetched = await policyHost.policyOf(domain, deadline);
  const parsed = fetched.kind === 'text' ? parseStsPolicy(fetched.text) : null;
  const now = clock.now();
  if (parsed?.ok !== true) {
    const failure =
      fetched.kind === 'failed' ? fetched.failure : invalid(domain, parsed?.ok === false ? parsed.why : '');
    const policy = plainPolicy(domain, 'mta-sts', { kind: 'sts', policy: null });
    tlsResults.note({ policy, host: null, ip: null, localIp: null, failure });
    if (kept !== null) await keep({ ...kept, checkedAt: now }, stsPolicies, log);
    return null;
  }
  const { policy } = parsed;
  const expiresAt = now + policy.maxAgeSeconds * 1_000;
  const next = { domain, id, policy, fetchedAt: now, checkedAt: now, expiresAt };
  await keep(next, stsPolicies, log);
  return next;
}

// A policy that cannot be kept holds all the same, for this process and for now.
async function keep(kept: KeptStsPolicy, stsPolicies: StsPolicies, log: Log): Promise<void> {
  try {
    await stsPolicies.keep(kept);
  } catch (error) {
    log.error('sts_policy_not_kept', { domain: kept.domain, why: String(error) });
  }
}

function invalid(domain: string, why: string): TlsFailure {
  return { code: 'sts-policy-invalid', detail: `The MTA-STS policy of ${domain} is invalid. ${why}` };
}
