import type { ProjectId } from '../ids.ts';
import { bootstrapKeyId } from './key-id.ts';
import { limits } from '../limits.ts';
import type { KeyRights, Principal, RatePolicy } from '../ports/keys.ts';
import { projectNameOf } from './project-name.ts';

/** What a new key is asked to be; `null` leaves it to the key that makes it. */
export type KeyWish = { readonly [Right in keyof KeyRights]: KeyRights[Right] | null } & {
  readonly projectId: ProjectId | null;
};

/** `why` is one sentence for whoever asked. */
export type KeyGrant =
  | { readonly ok: true; readonly rights: KeyRights & { readonly projectId: ProjectId } }
  | { readonly ok: false; readonly why: string };

/**
 * The rights of a new key, which are never more than those of the key that makes it: lists only narrow, a test key makes
 * test keys, and the rate is at most its own. Only the bootstrap key makes keys of another project. Pure.
 */
export function grantOf(creator: Principal, wish: KeyWish): KeyGrant {
  const why = refusalOf(creator, wish);
  if (why !== null) return { ok: false, why };
  return {
    ok: true,
    rights: {
      projectId: wish.projectId ?? creator.projectId,
      scopes: wish.scopes ?? creator.scopes,
      senderDomains: wish.senderDomains ?? creator.senderDomains,
      recipients: wish.recipients ?? creator.recipients,
      mode: wish.mode ?? creator.mode,
      rate: wish.rate ?? defaultRate(creator.rate),
    },
  };
}

function refusalOf(creator: Principal, wish: KeyWish): string | null {
  if (wish.projectId !== null && wish.projectId !== creator.projectId && creator.keyId !== bootstrapKeyId) {
    return `Only the bootstrap key makes keys of another project; this key is of "${projectNameOf(creator.projectId)}".`;
  }
  const scope = wish.scopes?.find((asked) => !creator.scopes.includes(asked));
  if (scope !== undefined) return `This API key cannot give the scope "${scope}", which it does not have.`;
  if (wish.mode === 'live' && creator.mode === 'test') return 'A test key makes only test keys.';
  const domain = wish.senderDomains?.find((asked) => !(creator.senderDomains ?? [asked]).includes(asked));
  if (domain !== undefined) return `This API key may not send from ${domain}, and cannot let another key do so.`;
  const recipient = wish.recipients?.find((asked) => !covers(creator.recipients, asked));
  if (recipient !== undefined) return `This API key may not send to ${recipient}, and cannot let another key do so.`;
  if (wish.rate === null || creator.rate === null || within(wish.rate, creator.rate)) return null;
  const { limit, windowSeconds } = creator.rate;
  return `This API key cannot give a higher rate than its own: ${limit} requests in ${windowSeconds} seconds.`;
}

// An address is covered by itself or by its whole domain, a domain by itself alone.
function covers(allowed: readonly string[] | null, asked: string): boolean {
  if (allowed === null) return true;
  return allowed.includes(asked) || allowed.includes(asked.slice(asked.lastIndexOf('@') + 1));
}

// Both the burst and the average: 60 in a second are more than 60 in a minute, and 3,600 in an hour are a larger burst.
function within(asked: RatePolicy, own: RatePolicy): boolean {
  return asked.limit <= own.limit && asked.limit * own.windowSeconds <= own.limit * asked.windowSeconds;
}

function defaultRate(own: RatePolicy | null): RatePolicy {
  const { requestsPerWindow: limit, rateWindowSeconds: windowSeconds } = limits;
  const standard = { limit, windowSeconds };
  return own !== null && !within(standard, own) ? own : standard;
}
