type Sighting = 'verified' | 'missing' | 'mismatch';

/**
 * What the TXT records of a domain say of its SPF (RFC 7208): `missing` when none is SPF; `mismatch` when several are, for a
 * receiver then takes none (§4.5), or when one lacks what the asked one names beside `mx` and `all`. Pure.
 */
export function spfSighting(texts: readonly string[], asked: string): Sighting {
  const policies = texts.filter((text) => /^v=spf1(?: |$)/i.test(text));
  const [policy] = policies;
  if (policy === undefined) return 'missing';
  const terms = termsOf(policy);
  const wanted = termsOf(asked).filter((term) => term !== 'mx' && !term.endsWith('all'));
  return policies.length === 1 && wanted.every((term) => terms.includes(term)) ? 'verified' : 'mismatch';
}

// Names and domains are compared without case (§4.6.1); a plus sign is the default (§4.6.2).
function termsOf(policy: string): readonly string[] {
  const [, ...terms] = policy.toLowerCase().split(/ +/);
  return terms.map((term) => term.replace(/^\+/, ''));
}
