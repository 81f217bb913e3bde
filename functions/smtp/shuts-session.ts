import type { ServerReply } from './reply.ts';

/**
 * Whether the reply is about the host and holds for the rest of the session: 421, or 4.3.2, "system not accepting network
 * messages" (RFC 3463 §3.4). Postscreen says the latter to every recipient of a client that it has only just come to know.
 */
export function shutsSession(reply: ServerReply): boolean {
  return reply.code === 421 || /^4\.3\.2(?=\s|$)/.test(reply.lines[0] ?? '');
}
