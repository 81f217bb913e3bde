import type { KeyObject } from 'node:crypto';

import type { Email } from '../core/email.ts';

/** A key to sign with, parsed once. `domain` and `selector` are in lower case: the record is at `selector._domainkey.domain`. */
export type DkimKey = {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
  readonly privateKey: KeyObject;
};

/** The keys that an email is signed with, all of one d= domain, RSA first; empty when it is not signed. */
export type SigningKeys = (from: Pick<Email, 'projectId' | 'fromDomain'>) => Promise<readonly DkimKey[]>;

/** Keys that hold for whoever sends. */
export interface DkimKeyRing {
  /** The keys for mail From this domain (A-labels, lower case), all of one d= domain; empty when it is not signed. */
  keysOf(fromDomain: string): readonly DkimKey[];
}

/**
 * A ring over keys held in memory. A domain without a key of its own takes those of its closest parent, which relaxed
 * alignment permits (RFC 7489 §3.1.1). That suits keys the operator configured; the keys of domains that projects verified
 * match exactly (`domain-signing-keys.ts`), or one project would sign in another's name.
 */
export function createKeyRing(keys: readonly DkimKey[]): DkimKeyRing {
  // RSA first: verifiers that know no Ed25519 and look at one signature only look at the first.
  const ordered = keys.toSorted((a, b) => b.algorithm.localeCompare(a.algorithm));
  const byDomain = Map.groupBy(ordered, ({ domain }) => domain);
  return {
    keysOf(fromDomain) {
      let domain = fromDomain.toLowerCase();
      for (;;) {
        const found = byDomain.get(domain);
        if (found !== undefined) return found;
        const dot = domain.indexOf('.');
        if (dot === -1) return [];
        domain = domain.slice(dot + 1);
      }
    },
  };
}
