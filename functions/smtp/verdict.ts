import type { Outcome, Phase, Reply } from '../core/outcome.ts';
import { classOf, recordOf, type ServerReply } from './reply.ts';
import type { Answer, Ended } from './wire.ts';

type Fault = { readonly code: string; readonly detail: string };

/** What a session came to for one recipient, before it is known where it was held. */
export type Verdict = {
  readonly kind: 'accepted' | 'bounced' | 'deferred' | 'in_doubt';
  readonly phase: Phase;
  readonly reply: Reply | null;
  readonly error: Fault | null;
  readonly cause: Extract<Outcome, { kind: 'deferred' }>['cause'];
  readonly source: Extract<Outcome, { kind: 'bounced' }>['source'];
  readonly tryNextHost: boolean;
};

const blank = { reply: null, error: null, cause: 'host', source: 'smtp', tryNextHost: false } as const;

const errorCodes: Readonly<Record<Ended['why'], string>> = {
  closed: 'connection_closed',
  reset: 'connection_reset',
  timeout: 'timeout',
  malformed: 'protocol_violation',
  surplus: 'protocol_violation',
  early: 'protocol_violation',
  interrupted: 'interrupted',
};

/** The final 2yz to our complete message. */
export function acceptedBy(reply: ServerReply): Verdict {
  return { ...blank, kind: 'accepted', phase: 'dot', reply: recordOf(reply) };
}

/**
 * A refusal within a transaction, decided by the basic code alone (RFC 5321 §4.2.1). 530 asks for a login or TLS (RFC 4954
 * §6, RFC 3207 §4): the route is at fault. 421 speaks of the host; another one may do if this was not offered a recipient yet.
 */
export function refusedBy(phase: Phase, reply: ServerReply): Verdict {
  const heard = { ...blank, phase, reply: recordOf(reply) };
  if (reply.code === 530) return { ...heard, kind: 'deferred', cause: 'route' };
  if (reply.code === 421) return { ...heard, kind: 'deferred', tryNextHost: phase === 'mail' };
  if (classOf(reply) === 5) return { ...heard, kind: 'bounced' };
  return { ...heard, kind: 'deferred', cause: 'message' };
}

/** The connection ended before the server could hold the message. */
export function lostAt(phase: Phase, ended: Ended, tryNextHost: boolean): Verdict {
  const interrupted = ended.why === 'interrupted';
  return {
    ...blank,
    kind: 'deferred',
    phase,
    error: faultOf(ended),
    cause: interrupted ? 'interrupted' : 'host',
    // After a surplus reply nobody knows what the server took for what; a reply to another host's question is no better.
    tryNextHost: tryNextHost && !interrupted,
  };
}

/** The server could hold the message, and there is no verdict that can be believed. */
export function doubtAfter(answer: Answer): Verdict {
  if (answer.kind === 'ended') return { ...blank, kind: 'in_doubt', phase: 'dot', error: faultOf(answer) };
  const error = { code: 'protocol_violation', detail: 'The final reply is neither an acceptance nor a refusal.' };
  return { ...blank, kind: 'in_doubt', phase: 'dot', reply: recordOf(answer), error };
}

/** A reply that is well formed and yet none that the command can have. */
export function unexpectedReply(phase: Phase, reply: ServerReply): Verdict {
  const error = { code: 'protocol_violation', detail: `The server answered ${reply.code} where that has no meaning.` };
  return { ...blank, kind: 'deferred', phase, reply: recordOf(reply), error, tryNextHost: true };
}

/** No session for mail came to be: the message is not to blame and another host may do. */
export function unopened(phase: Phase, answer: Answer): Verdict {
  if (answer.kind === 'ended') return lostAt(phase, answer, true);
  return { ...blank, kind: 'deferred', phase, reply: recordOf(answer), tryNextHost: true };
}

/** Ours to decide: something about the route or the time, never about the message. */
export function deferredBy(phase: Phase, cause: Verdict['cause'], error: Fault, tryNextHost: boolean): Verdict {
  return { ...blank, kind: 'deferred', phase, cause, error, tryNextHost };
}

/** A rule of our own, in the words a server would use. */
export function bouncedBy(
  phase: Phase,
  rule: { readonly code: number; readonly enhancedCode: string } & { readonly error: Fault },
): Verdict {
  const reply = { code: rule.code, enhancedCode: rule.enhancedCode, text: rule.error.detail };
  return { ...blank, kind: 'bounced', source: 'local', phase, reply, error: rule.error };
}

function faultOf(ended: Ended): Fault {
  return { code: errorCodes[ended.why], detail: ended.detail };
}
