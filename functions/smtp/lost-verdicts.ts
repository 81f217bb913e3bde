import type { Phase } from '../core/outcome.ts';
import { recordOf } from './reply.ts';
import { blankVerdict, type Verdict } from './verdict.ts';
import type { Answer, Ended } from './wire.ts';

const errorCodes: Readonly<Record<Ended['why'], string>> = {
  closed: 'connection_closed',
  reset: 'connection_reset',
  timeout: 'timeout',
  malformed: 'protocol_violation',
  surplus: 'protocol_violation',
  early: 'protocol_violation',
  alert: 'connection_reset',
  interrupted: 'interrupted',
};

/** The connection ended before the server could hold the message. */
export function lostAt(phase: Phase, ended: Ended, tryNextHost: boolean): Verdict {
  const interrupted = ended.why === 'interrupted';
  return {
    ...blankVerdict,
    kind: 'deferred',
    phase,
    error: faultOf(ended),
    cause: interrupted ? 'interrupted' : 'host',
    tryNextHost: tryNextHost && !interrupted,
  };
}

/** The server could hold the message, and there is no verdict that can be believed. */
export function doubtAfter(answer: Answer): Verdict {
  if (answer.kind === 'ended') return { ...blankVerdict, kind: 'in_doubt', phase: 'dot', error: faultOf(answer) };
  const error = { code: 'protocol_violation', detail: 'The final reply is neither an acceptance nor a refusal.' };
  return { ...blankVerdict, kind: 'in_doubt', phase: 'dot', reply: recordOf(answer), error };
}

/** No session for mail came to be: the message is not to blame and another host may do. */
export function unopened(phase: Phase, answer: Answer): Verdict {
  if (answer.kind === 'ended') return lostAt(phase, answer, true);
  return { ...blankVerdict, kind: 'deferred', phase, reply: recordOf(answer), tryNextHost: true };
}

function faultOf(ended: Ended): Verdict['error'] {
  return { code: errorCodes[ended.why], detail: ended.detail };
}
