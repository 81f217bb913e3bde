import type { Log } from '../ports/log.ts';
import type { TlsResults } from '../ports/tls-results.ts';

/** Tells the operator of every failure under a policy that demands something (RFC 8461 §3.3). */
export function logTlsResults(log: Log): TlsResults {
  return {
    note({ policy, host, ip, failure }) {
      if (failure === null || policy.rule === 'opportunistic') return;
      log.warn('tls_policy_failed', { rule: policy.rule, domain: policy.domain, host, ip, error: failure.code });
    },
  };
}
