import type { ContentFacts } from '../email.ts';
import type { Content } from './content.ts';
import type { OutboundMessage } from './transport.ts';

/** Makes stored content ready for the wire: converted if the server needs it, DKIM-signed for `fromDomain` at this attempt. */
export type PrepareOutbound = (
  content: Content,
  facts: ContentFacts,
  fromDomain: string,
  now: number,
) => OutboundMessage;
