import type { Context } from 'hono';

import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

/** `refused`: the detail of a `sender_not_allowed`. `unverified`: one of the domains is nobody's, and the project allows that. */
export type SenderCheck =
  | { readonly kind: 'allowed'; readonly unverified: boolean }
  | { readonly kind: 'refused'; readonly detail: string };

/**
 * Whether the project of the request may send in the name of these domains (From, Sender, MAIL FROM; A-labels in lower case).
 * That one is unverified also stands in the `Postern-Warning` header of the answer.
 */
export async function checkSenders(
  c: Context<AppEnv>,
  domains: readonly string[],
  { checkSender }: Pick<AppPorts, 'checkSender'>,
): Promise<SenderCheck> {
  const { projectId } = c.get('principal');
  let unverified = false;
  for (const domain of new Set(domains)) {
    switch (await fromStore(() => checkSender(projectId, domain))) {
      case 'allowed':
        break;
      case 'unverified':
        unverified = true;
        break;
      case 'refused_as_foreign':
        return refused(`The domain ${domain}, or one above it, was verified by another project.`);
      case 'refused_as_unverified':
        return refused(`The domain ${domain} is not verified: add it at /v1/domains and publish its records.`);
    }
  }
  warn(c, warningOf(unverified));
  return { kind: 'allowed', unverified };
}

/** What an answer warns of; `unverified`: the domain of a sender is nobody's. Pure. */
export function warningOf(unverified: boolean): string | null {
  return unverified ? 'sender_domain_unverified' : null;
}

/** Puts a warning into the answer, if there is one. */
export function warn(c: Context<AppEnv>, warning: string | null): void {
  if (warning !== null) c.header('Postern-Warning', warning);
}

function refused(detail: string): SenderCheck {
  return { kind: 'refused', detail };
}
