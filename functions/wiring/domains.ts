import { type AddDomain, createAddDomain } from '../core/domains/add-domain.ts';
import { type CheckSender, createSenderCheck } from '../core/domains/check-sender.ts';
import type { Publishing } from '../core/domains/domain-records.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { SenderDomain } from '../core/ports/domains.ts';
import type { Log } from '../core/ports/log.ts';
import type { Random } from '../core/ports/random.ts';
import type { Resolver } from '../core/ports/resolver.ts';
import { parseDomain } from '../core/mailbox.ts';
import type { Config } from '../config.ts';
import type { DkimKeyRing } from '../mime/dkim-key-ring.ts';
import { createDomainKeyMaker, openDomainKey } from '../mime/domain-keys.ts';
import type { EmbeddedParts } from './embedded.ts';

type Stores = Pick<EmbeddedParts, 'domains' | 'projects' | 'secretBox'>;

export type DomainSettings = {
  /** One that remembers nothing. */
  readonly resolver: Resolver;
  readonly publishing: Publishing;
  readonly operatorKeys: DkimKeyRing;
  /** What is done with mail from domains that nobody has verified, where the project has not decided. */
  readonly unverifiedSenders: 'allow' | 'refuse';
};

/** What can be done with sender domains. */
export type WiredDomains = {
  readonly addDomain: AddDomain;
  readonly verifyDomain: (domain: SenderDomain) => Promise<SenderDomain | null>;
  readonly checkSender: CheckSender;
  /** Checks the domains whose time has come. */
  readonly recheck: (signal: AbortSignal) => Promise<void>;
};

// Most functions never meet it.
const checking = () => import('../core/domains/verify-domain.ts');

/** Puts the use cases of sender domains on their ports. */
export function wireDomains(
  stores: Stores,
  settings: DomainSettings,
  ambient: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): WiredDomains {
  const { unverifiedSenders, operatorKeys } = settings;
  const ports = { ...ambient, ...stores, ...settings };
  return {
    addDomain: createAddDomain({ ...ports, makeKeys: createDomainKeyMaker(ports) }),
    verifyDomain: async (domain) => (await checking()).verifyDomain(domain, ports),
    checkSender: createSenderCheck({
      ...ports,
      unverifiedSenders,
      isOperators: (domain) => operatorKeys.keysOf(domain).length > 0,
    }),
    recheck: async (signal) => (await checking()).recheckDomains(ports, signal),
  };
}

/** What the configuration says about the records to publish. Only the mx route sends from this host. */
export function publishingOf({ route, hostname, returnPath }: Config): Publishing {
  const name = parseDomain(hostname);
  return {
    outboundHost: route.kind === 'mx' && name.ok ? name.domain : null,
    returnPathDomain: returnPath?.domain ?? null,
  };
}

/** Throws an Error of one sentence when the secrets in the store were sealed under another master key. */
export async function refuseOtherMasterKey({ domains, secretBox }: Stores): Promise<void> {
  const [any] = await domains.due(Number.MAX_SAFE_INTEGER, 1);
  const [key] = any?.keys ?? [];
  if (any === undefined || key === undefined) return;
  try {
    openDomainKey(any.id, key, secretBox);
  } catch (cause) {
    throw new Error(
      'The keys in the store were encrypted under another master key: put POSTERN_MASTER_KEY, or master.key in the data directory, back to what it was.',
      { cause },
    );
  }
}
