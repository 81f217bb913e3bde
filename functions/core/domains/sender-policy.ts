import type { ProjectId } from '../ids.ts';

/** What decides whether a project may send from a domain. */
export type SenderFacts = {
  readonly projectId: ProjectId;
  /** The projects that have verified the domain itself. */
  readonly verifiedBy: readonly ProjectId[];
  /** The projects that have verified the closest domain above it that anybody has verified. */
  readonly parentVerifiedBy: readonly ProjectId[];
  /** The operator has configured a DKIM key for it. */
  readonly isOperators: boolean;
  /** What is done with a domain that nobody has verified. */
  readonly unverifiedSenders: 'allow' | 'refuse';
};

/** `unverified` may send, with a warning; the refusals say why. */
export type SenderVerdict = 'allowed' | 'unverified' | 'refused_as_foreign' | 'refused_as_unverified';

/**
 * Whether a project may send from a domain. Pure and total.
 *
 * What the project has verified it may use. What another has verified, or lies below it, it may not, whatever the settings
 * and the key: under relaxed alignment (RFC 7489 §3.1) mail from `x.victim.example` passes for `victim.example`. The rest is
 * a matter of the settings; a domain of one's own does not speak for those below it, which have to be verified themselves.
 */
export function senderVerdict(facts: SenderFacts): SenderVerdict {
  const { projectId, verifiedBy, parentVerifiedBy } = facts;
  if (verifiedBy.includes(projectId)) return 'allowed';
  if (verifiedBy.length > 0) return 'refused_as_foreign';
  if (parentVerifiedBy.length > 0 && !parentVerifiedBy.includes(projectId)) return 'refused_as_foreign';
  if (facts.isOperators) return 'allowed';
  return facts.unverifiedSenders === 'allow' ? 'unverified' : 'refused_as_unverified';
}
