import { newDomainId } from './domain-id.ts';
import { type Publishing, recordsToPublish } from './domain-records.ts';
import type { ProjectId } from '../ids.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { MakeDomainKeys } from '../ports/domain-keys.ts';
import type { Domains, SenderDomain } from '../ports/domains.ts';
import type { Random } from '../ports/random.ts';

export type AddDomainPorts = {
  readonly domains: Domains;
  readonly makeKeys: MakeDomainKeys;
  readonly publishing: Publishing;
  readonly clock: Clock;
  readonly random: Random;
};

/** `full`: the project has as many domains as it may have. */
export type AddDomainResult =
  | { readonly kind: 'added'; readonly domain: SenderDomain }
  | { readonly kind: 'exists' }
  | { readonly kind: 'full' };

/** Adds a domain (A-labels, lower case) to a project, with keys of its own. */
export type AddDomain = (projectId: ProjectId, name: string) => Promise<AddDomainResult>;

/** The first look at DNS is left to whoever asks for it, or to this time later: nobody can have published the keys before. */
const firstCheckMs = 5 * 60_000;

/**
 * Makes the use case. It adds one domain at a time: an RSA key takes a thread of the pool that signing shares for a good while,
 * and the count is true until the domain is written.
 */
export function createAddDomain(ports: AddDomainPorts): AddDomain {
  let last: Promise<unknown> = Promise.resolve();
  return (projectId, name) => {
    const added = last.then(() => add(projectId, name, ports));
    last = added.catch(() => undefined);
    return added;
  };
}

async function add(projectId: ProjectId, name: string, ports: AddDomainPorts): Promise<AddDomainResult> {
  const own = await ports.domains.list(projectId);
  if (own.some((domain) => domain.name === name)) return { kind: 'exists' };
  if (own.length >= limits.domainsPerProject) return { kind: 'full' };
  const now = ports.clock.now();
  const id = newDomainId(now, ports.random);
  const keys = await ports.makeKeys(id);
  const domain: SenderDomain = {
    id,
    projectId,
    name,
    status: 'pending',
    createdAt: now,
    verifiedAt: null,
    checkedAt: null,
    nextCheckAt: now + firstCheckMs,
    missingSince: null,
    missedChecks: 0,
    keys,
    records: recordsToPublish(name, keys, ports.publishing),
  };
  const added = await ports.domains.add(domain);
  return added === 'added' ? { kind: 'added', domain } : { kind: 'exists' };
}
