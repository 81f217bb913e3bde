import type { KeyId, ProjectId } from '../ids.ts';
import type { Scope } from '../keys/scopes.ts';

/** So many requests in so many seconds. */
export type RatePolicy = { readonly limit: number; readonly windowSeconds: number };

/** What a key may do. `null` stands for no restriction. */
export type KeyRights = {
  readonly scopes: readonly Scope[];
  /** Domains (A-labels) that mail may be From. */
  readonly senderDomains: readonly string[] | null;
  /** Domains, or whole addresses, that mail may go to. */
  readonly recipients: readonly string[] | null;
  /** Mail sent under a `test` key is simulated, and never dialled. */
  readonly mode: 'live' | 'test';
  readonly rate: RatePolicy | null;
};

/** Who makes a request, and what they may do. */
export type Principal = KeyRights & { readonly projectId: ProjectId; readonly keyId: KeyId };

/** A key as it is listed; the key itself is nowhere. Times are milliseconds since 1970. */
export type ApiKey = Principal & { readonly name: string; readonly createdAt: number };

/** API keys. Only digests are stored: what `create` answers can never be read again. */
export interface Keys {
  /** The principal of a presented key: found by the id in it, its digest compared in constant time; `null` for any other text. */
  authenticate(key: string): Promise<Principal | null>;
  /** Makes a key of at least 128 random bits, durable when it resolves. */
  create(
    record: KeyRights & { readonly projectId: ProjectId; readonly name: string },
    now: number,
  ): Promise<{ readonly record: ApiKey; readonly key: string }>;
  /** The project's keys, the newest first, the bootstrap key last. */
  list(projectId: ProjectId): Promise<readonly ApiKey[]>;
  /** One of the project's keys; `null` when it has none of this id. */
  find(projectId: ProjectId, id: KeyId): Promise<ApiKey | null>;
  /** Ends a key for good; `false` when the project has none of this id. The bootstrap key stays. */
  revoke(projectId: ProjectId, id: KeyId): Promise<boolean>;
}
