import type { ContentFacts } from '../email.ts';
import type { DeliveryId } from '../ids.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Outcome } from '../outcome.ts';
import type { TlsWish } from '../tls/tls-wish.ts';
import type { Postponement } from '../postpone.ts';
import type { Content } from './content.ts';

/** A message on its way out: what it needs of the server, and its bytes in the form that the server can take, signed for this attempt. */
export type OutboundMessage = {
  readonly facts: ContentFacts;
  /** `7bit` converts 8-bit parts to quoted-printable or base64 first (RFC 6152 §3); signing comes last. */
  encode(form: '8bit' | '7bit'): Promise<Content>;
};

/** One attempt at one delivery. */
export type AttemptOrder = {
  /** The same at every attempt at it. */
  readonly deliveryId: DeliveryId;
  /** From 1. */
  readonly attempt: number;
  readonly domain: string;
  /** `null` is the null reverse path `<>`. */
  readonly sender: Mailbox | null;
  /** At least one. */
  readonly recipients: readonly Mailbox[];
  readonly message: OutboundMessage;
  readonly tls: TlsWish;
  /** Absolute, in the clock's milliseconds: everything has ended by then. */
  readonly deadline: number;
  /** Aborted when the process is to stop: the attempt ends before the final dot, or finishes if that was sent. */
  readonly signal: AbortSignal;
};

/** A way to hand over mail: sandbox, smarthost or mx. */
export interface Transport {
  /**
   * One outcome per recipient, in order, or that nothing was begun because nobody may connect there now. What the far side
   * does is an outcome; it throws only for a bug of ours.
   */
  attempt(order: AttemptOrder): Promise<readonly Outcome[] | Postponement>;
}
