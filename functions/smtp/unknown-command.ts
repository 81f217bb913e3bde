import type { ServerReply } from './reply.ts';

/**
 * Whether the server does not take this command, here or at all (RFC 5321 §4.2.4, RFC 3030 §2): which says nothing of the message
 * that BDAT brought it.
 */
export function knowsNoSuchCommand({ code }: ServerReply): boolean {
  return code === 500 || (code >= 502 && code <= 504);
}
