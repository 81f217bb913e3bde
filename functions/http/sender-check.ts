import type { Context } from 'hono';

import { fromStore } from './from-store.ts';
import type { AppEnv, AppPorts } from './ports.ts';

/**
 * Why the project of the request may not send in the name of one of these domains (From, Sender, MAIL FROM; A-labels in lower
 * case): the detail of a `sender_not_allowed`, or `null` when it may. A domain that nobody has verified is named in the
 * `Postern-Warning` header of the answer.
 */
export async function refusalOfSender(
  c: Context<AppEnv>,
  domains: readonly string[],
  { checkSender }: Pick<AppPorts, 'checkSender'>,
): Promise<string | null> {
  const { projectId } = c.get('principal');
  for (const domain of new Set(domains)) {
    switch (await fromStore(() => checkSender(projectId, domain))) {
      case 'allowed':
        break;
      case 'unverified':
        c.header('Postern-Warning', 'sender_domain_unverified');
        break;
      case 'refused_as_foreign':
        return `The domain ${domain}, or one above it, was verified by another project.`;
      case 'refused_as_unverified':
        return `The domain ${domain} is not verified: add it at /v1/domains and publish its records.`;
    }
  }
  return null;
}
