/**
 * What an operator can demand for a domain: `none` no TLS; `opportunistic` TLS if offered; `required` TLS, with whatever
 * certificate; `verified` TLS, with a certificate for the mail host.
 */
export type TlsLevel = 'none' | 'opportunistic' | 'required' | 'verified';

/** A rule for one domain, or with a leading dot for all names below it; in lower case, as A-labels. */
export type TlsLevelRule = { readonly domain: string; readonly level: TlsLevel };

/** The level of the rule that fits best: the domain's own, else that of the nearest name above it; `null` without one. Pure. */
export function levelFor(domain: string, rules: readonly TlsLevelRule[]): TlsLevel | null {
  const fitting = rules.filter((rule) => rule.domain === domain || isBelow(domain, rule.domain));
  const [best] = fitting.toSorted((left, right) => lengthFor(right, domain) - lengthFor(left, domain));
  return best?.level ?? null;
}

function isBelow(domain: string, pattern: string): boolean {
  return pattern.startsWith('.') && domain.endsWith(pattern);
}

function lengthFor(rule: TlsLevelRule, domain: string): number {
  return rule.domain === domain ? Number.POSITIVE_INFINITY : rule.domain.length;
}
