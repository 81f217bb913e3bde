import type { Outcome } from '../outcome.ts';
import type { Target } from './router.ts';
import type { AttemptOrder } from './transport.ts';

/** What one host made of a delivery. `tryNextHost` marks recipients whom another host of the route may still take in this attempt; never one in doubt. */
export type HostResult = {
  /** One per recipient of the order, in order. */
  readonly recipients: readonly { readonly outcome: Outcome; readonly tryNextHost: boolean }[];
  /** Whether a session came to be (a greeting was read), which is what `limits.sessionsPerAttempt` counts. */
  readonly sessionOpened: boolean;
  /** Whether nothing was heard but on connections that had carried mail before. */
  readonly sessionReused: boolean;
};

/** Speaks SMTP with one host. */
export interface SmtpClient {
  /** `accepted` is the outcome's kind for a final 2yz. Never throws for what the far side does. */
  send(target: Target, order: AttemptOrder, accepted: 'delivered' | 'relayed'): Promise<HostResult>;
  /** Ends idle connections with QUIT; open transactions end by their own signal. */
  close(): Promise<void>;
}
