import type { TlsEvidence } from '../core/outcome.ts';
import type { TlsFailure } from '../core/tls/tls-policy.ts';
import type { Capabilities } from './capabilities.ts';
import type { ServerHabits } from './server-habits.ts';
import type { Wire } from './wire.ts';

/** A connection on which mail may be sent, and what became of it so far. */
export type Session = {
  readonly wire: Wire;
  /** A UUID, and our end of it. */
  readonly connection: { readonly id: string; readonly localAddress: string | null };
  readonly capabilities: Capabilities;
  readonly tls: TlsEvidence | null;
  /** The subject of the server's certificate. */
  readonly peerSubject: readonly string[] | null;
  /** Domains whose recipients were named on it. */
  readonly domains: Set<string>;
  /** What a policy in testing mode would not have put up with. */
  readonly objection: TlsFailure | null;
  /** Why there is no TLS; `null` where there is. */
  readonly lacking: TlsFailure | null;
  /** Transactions begun, whatever their end. */
  transactions: number;
  /** The server may still hold the beginning of a transaction. */
  needsReset: boolean;
  /** Messages the server took here in two round trips or more: it counts replies as we do, and does not hang up after each. */
  provenMessages: number;
  /** What this and other connections to the server have shown of it. */
  readonly habits: ServerHabits;
  /** When the server spoke last, in milliseconds of the monotonic clock. */
  spokeAt: number;
  /** The server said it would close, or something is left unsaid: not for another transaction. */
  spent: boolean;
};

/** Whether another transaction may begin on it by our cap and the server's (RFC 9422 §4.1), whatever else is amiss. */
export function belowCap({ transactions, capabilities: { limits } }: Session, maxMessages: number): boolean {
  return transactions < Math.min(maxMessages, limits.transactions ?? Infinity);
}

/** Whether recipients of the domain may be named on it by the server's limit (RFC 9422 §4.3). */
export function admits({ domains, capabilities: { limits } }: Session, domain: string): boolean {
  return domains.has(domain) || domains.size < (limits.domains ?? Infinity);
}
