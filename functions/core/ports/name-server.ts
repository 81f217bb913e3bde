import type { DnsFailure } from './resolver.ts';

/** A recursive resolver as seen over one transport: a DNS message out, the DNS message that answers it back. */
export interface NameServer {
  /**
   * `query` and the answer are whole messages (RFC 1035 §4.1) without a length prefix. An answer has the query's id and
   * question and is not truncated; more is not known about it. Never rejects; has ended by `deadline` (clock milliseconds).
   */
  ask(
    query: Uint8Array,
    deadline: number,
  ): Promise<{ readonly kind: 'answer'; readonly bytes: Uint8Array } | DnsFailure>;
}
