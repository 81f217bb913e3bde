import type { DomainId, ProjectId } from '../ids.ts';

/** One DKIM key of a domain. `publicKey` is the p= of its record, `sealedPrivateKey` PKCS#8 in DER, encrypted. */
export type DomainKey = {
  readonly selector: string;
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
  readonly publicKey: string;
  readonly sealedPrivateKey: Uint8Array;
};

/** What DNS said of one record that the domain should publish. */
export type RecordCheck = {
  readonly purpose: 'dkim' | 'spf' | 'dmarc' | 'return_path' | 'tls_rpt';
  readonly type: 'TXT' | 'CNAME' | 'MX';
  readonly name: string;
  readonly value: string;
  /** Whether the domain counts as verified only with it. */
  readonly required: boolean;
  readonly status: 'pending' | 'verified' | 'missing' | 'mismatch' | 'unknown';
};

/**
 * A domain that a project sends from. `pending` until DNS has shown the required records once; `failed` when they were not
 * found in time, or are gone. Times are milliseconds since 1970.
 */
export type SenderDomain = {
  readonly id: DomainId;
  readonly projectId: ProjectId;
  /** A-labels in lower case. */
  readonly name: string;
  readonly status: 'pending' | 'verified' | 'failed';
  readonly createdAt: number;
  /** When it last became verified. */
  readonly verifiedAt: number | null;
  /** When the last check began. */
  readonly checkedAt: number | null;
  /** When DNS is asked again. */
  readonly nextCheckAt: number;
  /** Since when every check that came to a result found a required record absent, and how many there were; `null` and 0 after one that found all. */
  readonly missingSince: number | null;
  readonly missedChecks: number;
  readonly keys: readonly DomainKey[];
  readonly records: readonly RecordCheck[];
};

/** Sender domains. Writes are durable when they resolve. */
export interface Domains {
  /** `exists`: the project has a domain of this name. */
  add(domain: SenderDomain): Promise<'added' | 'exists'>;
  find(projectId: ProjectId, id: DomainId): Promise<SenderDomain | null>;
  /** All of the project, by name. */
  list(projectId: ProjectId): Promise<readonly SenderDomain[]>;
  /** Every project's domains of this name that are `verified`. */
  verified(name: string): Promise<readonly SenderDomain[]>;
  /** Replaces what is stored under its id, unless that is gone or was checked later: then `false`, and nothing has changed. */
  update(domain: SenderDomain): Promise<boolean>;
  /** `false` when the project has none of this id. */
  remove(projectId: ProjectId, id: DomainId): Promise<boolean>;
  /** Domains whose `nextCheckAt` has come, the oldest first. */
  due(now: number, limit: number): Promise<readonly SenderDomain[]>;
}
