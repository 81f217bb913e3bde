import type { Random } from '../core/ports/random.ts';
import type { MxRecord } from '../core/ports/resolver.ts';

/** The hosts of an MX list in the order to try them; `null_mx` when the domain takes no mail, `loop` when the way leads back to us. */
export type Exchanges =
  | { readonly kind: 'hosts'; readonly hosts: readonly string[] }
  | { readonly kind: 'null_mx' }
  | { readonly kind: 'loop' };

/**
 * Orders an MX list (RFC 5321 §5.1): by preference, equals in random order, each host once, ourselves and everything that is
 * not better than us left out. A null MX (RFC 7505 §3) counts only when nothing else is there.
 */
export function orderedExchanges(records: readonly MxRecord[], ourName: string, random: Random): Exchanges {
  const preferences = new Map<string, number>();
  for (const { exchange, preference } of records) {
    if (exchange === '') continue;
    const name = comparable(exchange);
    preferences.set(name, Math.min(preference, preferences.get(name) ?? preference));
  }
  if (preferences.size === 0) return { kind: 'null_mx' };
  const ours = preferences.get(comparable(ourName)) ?? Number.POSITIVE_INFINITY;
  const hosts = Array.from(preferences, ([name, preference]) => ({ name, preference, draw: random.fraction() }))
    .filter(({ preference }) => preference < ours)
    .toSorted((left, right) => left.preference - right.preference || left.draw - right.draw)
    .map(({ name }) => name);
  return hosts.length === 0 ? { kind: 'loop' } : { kind: 'hosts', hosts };
}

/** Whether two host names are the same one, whatever their case and final dot. */
export function isSameHost(left: string, right: string): boolean {
  return comparable(left) === comparable(right);
}

function comparable(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
