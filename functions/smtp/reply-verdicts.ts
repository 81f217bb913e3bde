import type { Phase } from '../core/outcome.ts';
import { classOf, recordOf, type ServerReply } from './reply.ts';
import { blankVerdict, type Verdict } from './verdict.ts';

/** The final 2yz to our complete message. */
export function acceptedBy(reply: ServerReply): Verdict {
  return { ...blankVerdict, kind: 'accepted', phase: 'dot', reply: recordOf(reply) };
}

/** It is asked for (530: RFC 4954 §6, RFC 3207 §4), too weak (534), not or no longer good (535), or asks for TLS (538: RFC 2554 §6). */
const aboutLogin: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/**
 * A refusal within a transaction, decided by the basic code alone (RFC 5321 §4.2.1). Some codes are about a login or TLS
 * wherever they come: the route is at fault. 421 speaks of the host; another one may do if this was not offered a recipient yet.
 */
export function refusedBy(phase: Phase, reply: ServerReply): Verdict {
  const heard = { ...blankVerdict, phase, reply: recordOf(reply) };
  if (aboutLogin.has(reply.code)) return { ...heard, kind: 'deferred', cause: 'route' };
  if (reply.code === 421) return { ...heard, kind: 'deferred', tryNextHost: phase === 'mail' };
  if (classOf(reply) === 5) return { ...heard, kind: 'bounced' };
  return { ...heard, kind: 'deferred', cause: 'message' };
}

/** A reply that is well formed and yet none that the command can have. */
export function unexpectedReply(phase: Phase, reply: ServerReply): Verdict {
  const error = { code: 'protocol_violation', detail: `The server answered ${reply.code} where that has no meaning.` };
  return { ...blankVerdict, kind: 'deferred', phase, reply: recordOf(reply), error, tryNextHost: true };
}
