import type { ContentFacts } from '../email.ts';
import type { Draft } from '../draft.ts';

/** Makes the RFC 5322 bytes of a draft, once. */
export interface Composer {
  /** CRLF line ends only, no line above 998 octets, Bcc absent, Message-ID and Date as given. */
  compose(
    draft: Draft,
    messageId: string,
    dateMs: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly facts: ContentFacts }>;
}
