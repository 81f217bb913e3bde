import { limits } from '../limits.ts';
import type { RecordCheck, SenderDomain } from '../ports/domains.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** What a check saw of the required records: all of them, at least one of them surely not, or neither is known. */
export type Sighting = 'present' | 'absent' | 'unknown';

/** Where a domain stands after a check, and when the next one is due. */
export type DomainStanding = Pick<SenderDomain, 'status' | 'verifiedAt' | 'missingSince' | 'missedChecks'> & {
  readonly recheckMs: number;
};

/** What the records of a check come to. Pure. */
export function sightingOf(records: readonly RecordCheck[]): Sighting {
  const required = records.filter((record) => record.required);
  if (required.every(({ status }) => status === 'verified')) return 'present';
  return required.some(({ status }) => status === 'missing' || status === 'mismatch') ? 'absent' : 'unknown';
}

/**
 * The rule of verification. Pure and total.
 *
 * ```
 * pending ──present──▶ verified ──absent at every check for the grace time──▶ failed
 *    │                    ▲                                                     │
 *    │                    └───────────────────── present ───────────────────────┘
 *    └──not present within the proving time──▶ failed
 * ```
 *
 * A DNS that does not answer proves nothing: it neither takes away what was verified nor counts as a check that missed.
 */
export function nextDomainStatus(domain: SenderDomain, sighting: Sighting, now: number): DomainStanding {
  const { status, verifiedAt } = domain;
  if (sighting === 'present') {
    const since = status === 'verified' ? verifiedAt : now;
    return { status: 'verified', verifiedAt: since, missingSince: null, missedChecks: 0, recheckMs: day };
  }
  const missed = sighting === 'absent' ? 1 : 0;
  const missingSince = domain.missingSince ?? (missed === 1 ? now : null);
  const standing = { status, verifiedAt, missingSince, missedChecks: domain.missedChecks + missed };
  switch (status) {
    case 'pending': {
      const ageMs = now - domain.createdAt;
      if (ageMs >= limits.domainProvingMs) return { ...standing, status: 'failed', recheckMs: day };
      return { ...standing, recheckMs: Math.min(Math.max(ageMs / 10, 5 * minute), hour) };
    }
    case 'verified': {
      const isGone =
        missed === 1 &&
        standing.missedChecks >= limits.domainMissedChecks &&
        missingSince !== null &&
        now - missingSince >= limits.domainGraceMs;
      if (isGone) return { ...standing, status: 'failed', recheckMs: day };
      return { ...standing, recheckMs: missed === 1 ? 6 * hour : hour };
    }
    case 'failed':
      return { ...standing, recheckMs: day };
  }
}
