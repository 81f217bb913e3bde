import type { StsPolicy } from '../tls/sts-policy.ts';

/** An MTA-STS policy as it was fetched. Times in clock milliseconds. */
export type KeptStsPolicy = {
  readonly domain: string;
  /** That of the DNS record when it was fetched (RFC 8461 §3.1). */
  readonly id: string;
  readonly policy: StsPolicy;
  readonly fetchedAt: number;
  /** When it was last tried to fetch it anew; not before `fetchedAt`. */
  readonly checkedAt: number;
  /** From then on it is as if there had never been one. */
  readonly expiresAt: number;
};

/**
 * MTA-STS policies of other people's domains, shared by all workers: one that was seen holds until it expires, whatever
 * becomes of DNS and its host meanwhile (RFC 8461 §3.3). Expired ones are forgotten sooner or later.
 */
export interface StsPolicies {
  /** The policy of a domain, expired or not. */
  find(domain: string): Promise<KeptStsPolicy | null>;
  /** Durable when it resolves. One that was fetched later, or fetched then and checked later, is not replaced. */
  keep(kept: KeptStsPolicy): Promise<void>;
  /** Policies that were checked before `before` and have not expired by `now`, those longest unchecked first. */
  unchecked(before: number, now: number, limit: number): Promise<readonly KeptStsPolicy[]>;
}
