import { problemOfText } from './plain-text.ts';
import { requestLimits } from '../request-limits.ts';

// Written by Postern, by the hops, or forged to deceive the reader of a result.
const reserved = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'received',
  'received-spf',
  'return-path',
  'delivered-to',
  'x-original-to',
  'authentication-results',
  'dkim-signature',
  'domainkey-signature',
]);
const reservedFamilies = ['arc-', 'content-', 'mime-', 'resent-'];

/** Why a header field of the sender's own is refused; `null` when it may be sent. A name is a token (RFC 9110 §5.6.2), stricter than RFC 5322 §2.2. */
export function problemOfHeaderField(name: string, value: string): string | null {
  if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) {
    return "A header field's name is made of letters, digits and the characters !#$%&'*+-.^_`|~.";
  }
  if (name.length > requestLimits.headerNameCharacters) {
    return `A header field's name has at most ${requestLimits.headerNameCharacters} characters.`;
  }
  const lower = name.toLowerCase();
  if (reserved.has(lower) || reservedFamilies.some((family) => lower.startsWith(family))) {
    return 'This header field is reserved: it is written by Postern or by the servers on the way.';
  }
  return problemOfText(value);
}
