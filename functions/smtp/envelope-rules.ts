import type { ContentFacts } from '../core/email.ts';
import { needsSmtpUtf8, type Mailbox } from '../core/mailbox.ts';
import type { Content } from '../core/ports/content.ts';
import type { AttemptOrder } from '../core/ports/transport.ts';
import type { Capabilities } from './capabilities.ts';
import { bouncedBy, type Verdict } from './verdict.ts';

/** The form of the content that the server can take (RFC 6152 §3). */
export function formFor(facts: ContentFacts, offered: Capabilities): '8bit' | '7bit' {
  return facts.eightBit && !offered.eightBitMime ? '7bit' : '8bit';
}

/** Whether a transaction needs the SMTPUTF8 parameter (RFC 6531 §3.4); the domains are A-labels and never do. */
export function needsUtf8(order: Pick<AttemptOrder, 'sender' | 'message'>, recipients: readonly Mailbox[]): boolean {
  const international = order.sender !== null && needsSmtpUtf8(order.sender);
  return international || order.message.facts.utf8Headers || recipients.some(needsSmtpUtf8);
}

/** Why a recipient cannot be asked for at a server without SMTPUTF8, or `null`. */
export function utf8Refusal(order: AttemptOrder, recipient: Mailbox, offered: Capabilities): Verdict | null {
  if (offered.smtpUtf8 || !needsUtf8(order, [recipient])) return null;
  const detail = 'The address or a header field has characters beyond ASCII, and the server does not offer SMTPUTF8.';
  return bouncedBy('mail', { code: 553, enhancedCode: '5.6.7', error: { code: 'smtputf8_not_offered', detail } });
}

/** RFC 1870 §6.1: what is above the declared maximum is not attempted. */
export function sizeRefusal(content: Content, offered: Capabilities): Verdict | null {
  const maximum = offered.maxSizeBytes;
  if (maximum === null || content.sizeBytes <= maximum) return null;
  const detail = `The message has ${content.sizeBytes} octets, the server takes at most ${maximum}.`;
  return bouncedBy('mail', { code: 552, enhancedCode: '5.3.4', error: { code: 'message_too_large', detail } });
}
