import type { ProjectId } from '../ids.ts';

/** Who makes a request. */
export type Principal = { readonly projectId: ProjectId; readonly keyId: string };

/** API keys; only digests are stored. */
export interface Keys {
  /** The principal of a presented key, compared in constant time; `null` for any other text. */
  authenticate(key: string): Promise<Principal | null>;
}
