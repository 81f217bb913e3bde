import type { Draft } from '../draft.ts';
import type { ContentFacts } from '../email.ts';
import type { RawMessage } from '../raw-draft.ts';

/** The RFC 5322 bytes of one message: CRLF line ends only, no line above 998 octets, Bcc absent. */
export type Composed = {
  readonly bytes: Uint8Array;
  readonly facts: ContentFacts;
  /** It holds `TLS-Required: No` (RFC 8689 §5). */
  readonly relaxesTls: boolean;
};

/** Makes the RFC 5322 bytes of an email, once. */
export interface Composer {
  /** Message-ID and Date as given. */
  compose(draft: Draft, messageId: string, dateMs: number): Promise<Composed>;
  /** The message as it stands, with `messageId` and a Date in front where it has none of its own. */
  complete(message: RawMessage, messageId: string, dateMs: number): Composed;
}
