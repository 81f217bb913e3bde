/** A domain and the domains above it that have at least two labels, the closest first. Pure. */
export function withParents(domain: string): readonly string[] {
  const labels = domain.split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}
