import { withParents } from './domain-names.ts';
import type { ProjectId } from '../ids.ts';
import type { Domains } from '../ports/domains.ts';
import type { Log } from '../ports/log.ts';
import type { Projects } from '../ports/projects.ts';
import { senderVerdict, type SenderVerdict } from './sender-policy.ts';

export type CheckSenderPorts = {
  readonly domains: Pick<Domains, 'verified'>;
  readonly projects: Pick<Projects, 'settings'>;
  /** Whether the operator has configured a DKIM key for the domain. */
  readonly isOperators: (domain: string) => boolean;
  /** For projects that have not decided. */
  readonly unverifiedSenders: 'allow' | 'refuse';
  readonly log: Log;
};

/** Whether the project may send from the domain (A-labels, lower case). */
export type CheckSender = (projectId: ProjectId, domain: string) => Promise<SenderVerdict>;

/** Domains that were warned about in this process are kept up to this number, and then forgotten. */
const mostWarned = 10_000;

/** Makes the check. An unverified domain is logged once in the life of the process, not at every email. */
export function createSenderCheck(ports: CheckSenderPorts): CheckSender {
  const warned = new Set<string>();
  return async (projectId, domain) => {
    const verdict = await verdictOn(projectId, domain, ports);
    if (verdict === 'unverified' && !warned.has(domain)) {
      if (warned.size >= mostWarned) warned.clear();
      warned.add(domain);
      ports.log.warn('sender_domain_unverified', { domain });
    }
    return verdict;
  };
}

async function verdictOn(projectId: ProjectId, domain: string, ports: CheckSenderPorts): Promise<SenderVerdict> {
  const [verifiedBy = [], ...above] = await Promise.all(
    withParents(domain).map(async (name) => (await ports.domains.verified(name)).map((found) => found.projectId)),
  );
  const settings = await ports.projects.settings(projectId);
  return senderVerdict({
    projectId,
    verifiedBy,
    parentVerifiedBy: above.find((projects) => projects.length > 0) ?? [],
    isOperators: ports.isOperators(domain),
    unverifiedSenders: settings.unverifiedSenders ?? ports.unverifiedSenders,
  });
}
