import type { Phase } from '../core/outcome.ts';
import type { DaneReference, TlsFailure } from '../core/tls/tls-policy.ts';
import type { PhaseTimes } from './phase-times.ts';
import type { ServerReply } from './reply.ts';

/**
 * Why a connection is of no more use. `surplus`: a reply nobody asked for; `early`: a reply before the octets it answers
 * had left; `alert`: the peer refused our half of the TLS handshake, which under TLS 1.3 it says once ours has ended;
 * `interrupted`: we stopped; the others are what they say.
 */
export type Ended = {
  readonly kind: 'ended';
  readonly why: 'closed' | 'reset' | 'timeout' | 'malformed' | 'surplus' | 'early' | 'alert' | 'interrupted';
  readonly detail: string;
};

export type Answer = ServerReply | Ended;

/**
 * Who the peer has to be. `host` is a name, which SNI says too, or an address; with `dane` its TLSA records decide instead of
 * the trusted authorities; `altNamesOnly` leaves the common name out of account.
 */
export type PeerIdentity = {
  readonly host: string;
  readonly altNamesOnly: boolean;
  readonly dane: DaneReference | null;
};

/** How far TLS got. `unusable`: the peer speaks no TLS that we do, which is the same as not offering it. */
export type TlsStart =
  | {
      readonly kind: 'secured';
      readonly protocol: string;
      readonly cipher: string;
      /** The subject of the peer's certificate, a part an entry, escaped and bounded. */
      readonly subject: readonly string[];
      /** Whether the peer is who it has to be. */
      readonly verified: true | TlsFailure;
    }
  | { readonly kind: 'unusable'; readonly detail: string }
  | Ended;

/** The time and the patience of one attempt, in milliseconds of the monotonic clock; `phases` is told where it goes. */
export type AttemptBounds = {
  readonly startedAt: number;
  readonly endsAt: number;
  readonly signal: AbortSignal;
  readonly phases?: PhaseTimes;
};

/**
 * One connection to an SMTP server as the protocol sees it; what speaks SMTP knows nothing else of sockets.
 *
 * The wire holds the gate: it counts the replies that were asked for, and the first octet beyond them, a malformed reply
 * or one that comes before its command has left ends it. Replies read before the end are still answered.
 */
export interface Wire {
  readonly ended: Ended | null;
  /** Whether every octet given to `send` has left this process, so that the server could hold all of it. */
  readonly handedOver: boolean;
  /** The shortest time between a command and its reply so far. */
  readonly roundTripMs: number;
  /** Binds the wire to an attempt: it ends with it, or when its signal is aborted. */
  attend(attempt: AttemptBounds): void;
  /** What follows belongs to a phase of the attempt. */
  enter(phase: Phase): void;
  /** From here on the signal no longer ends the wire: what is sent next may complete the message. */
  commit(): void;
  /** The attempt is over. Whatever the server does before the next one calls `onDisturbed`, once. */
  release(onDisturbed: () => void): void;
  /** Sends octets that ask for `replies` replies of at most `replyOctets` each. */
  send(octets: Uint8Array | readonly Uint8Array[], replies: number, replyOctets?: number): void;
  /** The next reply that was asked for. */
  read(withinMs: number): Promise<Answer>;
  /** Resolves with `null` when all octets have left this process. */
  drained(withinMs: number): Promise<Ended | null>;
  /** Lets `ms` pass and whatever has arrived be read; 0 is one turn of the event loop. */
  quiet(ms: number): Promise<Ended | null>;
  /** Whatever follows the next reply in the clear is dropped unread (CVE-2011-0411). For the reply to STARTTLS. */
  dropAfterReply(): void;
  /** A handshake in place of the plain connection; nothing read before it survives. A failure ends the wire. */
  startTls(identity: PeerIdentity, withinMs: number): Promise<TlsStart>;
  /** Ends it here and now. */
  destroy(): void;
}
