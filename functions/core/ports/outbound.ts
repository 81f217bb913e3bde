import type { ContentFacts, Email } from '../email.ts';
import type { Content } from './content.ts';
import type { OutboundMessage } from './transport.ts';

/**
 * Makes stored content ready for the wire: converted if the server needs it, DKIM-signed at this attempt for the domain and
 * project of the email. Rejects when it cannot be signed as it should: nothing may be sent then.
 */
export type PrepareOutbound = (
  content: Content,
  facts: ContentFacts,
  from: Pick<Email, 'projectId' | 'fromDomain'>,
  now: number,
) => Promise<OutboundMessage>;
