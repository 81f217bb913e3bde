import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { KeptStsPolicy, StsPolicies } from '../core/ports/sts-policies.ts';

/** What one process remembers of the shared store, so that not every delivery reads it. */
export type StsMemory = {
  /** The kept policy, unless it has expired. `id` is that of the DNS record: with another one the store is asked again. */
  find(domain: string, id: string | null): Promise<KeptStsPolicy | null>;
  remember(kept: KeptStsPolicy): void;
  /** Whether it is time to try this id (again). */
  mayFetch(domain: string, id: string): boolean;
  /** Nothing is fetched under this id for a while. */
  pauseFetching(domain: string, id: string): void;
};

const mostDomains = 10_000;

/** Remembers policies until they expire, and for `limits.stsPauseMs` that there is none or that it could not be fetched. */
export function createStsMemory({
  stsPolicies,
  clock,
}: {
  readonly stsPolicies: StsPolicies;
  readonly clock: Clock;
}): StsMemory {
  const known = new Map<string, KeptStsPolicy>();
  const absentUntil = new Map<string, number>();
  const pausedUntil = new Map<string, number>();

  const remember = (kept: KeptStsPolicy): void => {
    absentUntil.delete(kept.domain);
    put(known, kept.domain, kept);
  };
  const unexpired = (kept: KeptStsPolicy | null | undefined): KeptStsPolicy | null =>
    kept !== null && kept !== undefined && kept.expiresAt > clock.now() ? kept : null;

  return {
    async find(domain, id) {
      const here = unexpired(known.get(domain));
      if (here !== null && (id === null || id === here.id)) return here;
      // Another worker may have seen a policy since; where DNS tells of none, that is looked for now and then.
      if (id === null && clock.now() < (absentUntil.get(domain) ?? 0)) return null;
      const stored = unexpired(await stsPolicies.find(domain));
      const kept = stored !== null && stored.fetchedAt >= (here?.fetchedAt ?? 0) ? stored : here;
      if (kept === null) put(absentUntil, domain, clock.now() + limits.stsPauseMs);
      else remember(kept);
      return kept;
    },
    remember,
    mayFetch: (domain, id) => clock.now() >= (pausedUntil.get(`${domain} ${id}`) ?? 0),
    pauseFetching: (domain, id) => put(pausedUntil, `${domain} ${id}`, clock.now() + limits.stsPauseMs),
  };
}

// The oldest go first.
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > mostDomains && oldest !== undefined) map.delete(oldest);
}
