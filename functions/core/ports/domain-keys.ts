import type { DomainId } from '../ids.ts';
import type { DomainKey } from './domains.ts';

/** Makes the DKIM keys of a new domain, RSA first, under selectors that no other domain entry has; private halves are sealed. */
export type MakeDomainKeys = (id: DomainId) => Promise<readonly DomainKey[]>;
