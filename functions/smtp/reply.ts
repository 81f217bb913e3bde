import { limits } from '../core/limits.ts';
import type { Reply } from '../core/outcome.ts';
import { escapedText } from './escaped-text.ts';

/** A whole reply as it came: `lines` hold the octets after the code and its separator, one character an octet. */
export type ServerReply = { readonly kind: 'reply'; readonly code: number; readonly lines: readonly string[] };

const enhancedCode = /^([245])\.\d{1,3}\.\d{1,3}(?=\s|$)/;

/** The first digit, which alone decides for codes we do not know (RFC 5321 §4.3.2). */
export function classOf(reply: ServerReply): 2 | 3 | 4 | 5 {
  return Math.trunc(reply.code / 100) as 2 | 3 | 4 | 5;
}

/**
 * The enhanced status code, whether or not the extension was offered: of the first line that has one, since servers that do
 * not put it on every line (RFC 2034 §4) put it on the one that says what is the matter. One of another class than the basic
 * code's is none (RFC 3463 §2: the class repeats the first digit).
 */
export function enhancedCodeOf(reply: ServerReply): string | null {
  for (const line of reply.lines) {
    const code = enhancedCode.exec(line);
    if (code !== null && Number(code[1]) === classOf(reply)) return code[0];
  }
  return null;
}

/**
 * Whether a 2yz speaks of an address (RFC 3463 §3.2) and so was meant for MAIL or RCPT. Where the final reply is awaited, it
 * shows that an earlier reply was one too many and the true final one is yet to come.
 */
export function speaksOfAddress(reply: ServerReply): boolean {
  return /^2\.1\.\d/.test(reply.lines[0] ?? '');
}

/**
 * The reply in the form that is kept: text as it came after the basic code, lines joined by a space, control and format
 * characters escaped, at most `limits.storedReplyOctets`.
 */
export function recordOf(reply: ServerReply): Reply {
  const octets = Buffer.from(joined(reply.lines), 'latin1');
  return {
    code: reply.code,
    enhancedCode: enhancedCodeOf(reply),
    text: truncated(escapedText(octets.toString('utf8'))),
  };
}

function joined(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    if (text.length > limits.storedReplyOctets) break;
    text += text === '' ? line : ` ${line}`;
  }
  return text.slice(0, limits.storedReplyOctets);
}

function truncated(text: string): string {
  const octets = Buffer.from(text);
  if (octets.length <= limits.storedReplyOctets) return text;
  let end: number = limits.storedReplyOctets;
  // A character is not cut in two: its octets but the first have 10 for their highest bits (RFC 3629 §3).
  while (((octets[end] ?? 0) & 0xc0) === 0x80) end--;
  return octets.toString('utf8', 0, end);
}
