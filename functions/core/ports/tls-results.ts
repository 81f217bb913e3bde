import type { TlsFailure, TlsPolicy } from '../tls/tls-policy.ts';

/** What became of TLS on one connection, or of a policy before any: what reports are made of (RFC 8460 §4.4). */
export type TlsResult = {
  readonly policy: Pick<TlsPolicy, 'rule' | 'domain' | 'published'>;
  readonly host: string | null;
  readonly ip: string | null;
  /** Our own end of the connection. */
  readonly localIp: string | null;
  /** `null`: the policy was satisfied. */
  readonly failure: TlsFailure | null;
};

/** Takes every result as it happens. Returns at once and never throws. */
export interface TlsResults {
  note(result: TlsResult): void;
}
