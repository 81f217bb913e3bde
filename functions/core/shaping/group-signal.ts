import type { CircuitReason } from './circuit.ts';
import type { Evidence, Outcome } from '../outcome.ts';
import type { Classify } from '../ports/classify.ts';

/** What one host made of an order, and whether all of it was heard on connections that had carried mail before. */
export type HostAnswer = {
  readonly outcomes: readonly Outcome[];
  readonly accepted: 'delivered' | 'relayed';
  readonly sessionReused: boolean;
};

/** What an attempt tells about a group of hosts; `none` when nothing was learnt. */
export type GroupSignal =
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly reason: CircuitReason; readonly askedMs: number | null }
  | { readonly kind: 'none' };

const none = { kind: 'none' } as const;
const answered = { kind: 'answered' } as const;
const beforeMail: ReadonlySet<Evidence['phase']> = new Set(['connect', 'greeting', 'ehlo']);
/** What happened on our side of the connection. */
const ours: ReadonlySet<string> = new Set(['no_free_connection', 'not_dialled', 'interrupted']);

/**
 * What the hosts of one group, all that an attempt has dialled, say together. A message that was taken says that the group
 * takes mail, whatever else was said. Else 421 (RFC 5321 §3.8) and 4.7.z (RFC 3463 §3.8) ask to be left alone, but for
 * greylisting, which is about one sender and recipient, and for a 421 on a connection that was used before: servers end
 * connections so for reasons that say nothing about the next one. A smarthost's 4.7.z is about a message, for all mail goes
 * there. Pure.
 */
export function groupSignal(answers: readonly HostAnswer[], classify: Classify): GroupSignal {
  const signals = answers.flatMap((answer) => answer.outcomes.map((outcome) => signalOf(outcome, answer, classify)));
  const taken = answers.some(({ outcomes }) => outcomes.some(({ kind }) => kind === 'delivered' || kind === 'relayed'));
  if (taken) return answered;
  const throttled = signals.filter((signal) => signal.kind === 'refused' && signal.reason === 'throttled');
  if (throttled.length > 0) {
    const askedMs = Math.max(...throttled.map((signal) => (signal.kind === 'refused' ? (signal.askedMs ?? 0) : 0)));
    return { kind: 'refused', reason: 'throttled', askedMs: askedMs === 0 ? null : askedMs };
  }
  return signals.find(({ kind }) => kind === 'answered') ?? signals.find(({ kind }) => kind === 'refused') ?? none;
}

function signalOf(outcome: Outcome, answer: HostAnswer, classify: Classify): GroupSignal {
  if (outcome.kind !== 'deferred') return outcome.kind === 'in_doubt' ? none : answered;
  const { evidence, cause } = outcome;
  const { phase, reply, error } = evidence;
  if (cause === 'interrupted' || cause === 'route' || ours.has(error?.code ?? '')) return none;
  if (phase === 'starttls' || phase === 'auth') return none;
  if (reply?.code === 421) return answer.sessionReused ? none : throttledBy(evidence, classify);
  if (beforeMail.has(phase)) return { kind: 'refused', reason: 'unreachable', askedMs: null };
  if (reply === null) return none;
  if (!(reply.enhancedCode ?? '').startsWith('4.7.') || answer.accepted === 'relayed') return answered;
  return classify(evidence).category === 'greylisted' ? answered : throttledBy(evidence, classify);
}

function throttledBy(evidence: Evidence, classify: Classify): GroupSignal {
  return { kind: 'refused', reason: 'throttled', askedMs: classify(evidence).retryAfterMs };
}
