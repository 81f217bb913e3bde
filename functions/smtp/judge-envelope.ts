import type { Phase } from '../core/outcome.ts';
import type { EnvelopeReplies } from './envelope-exchange.ts';
import { classOf, enhancedCodeOf, speaksOfAddress, type ServerReply } from './reply.ts';
import { doubtAfter, lostAt } from './lost-verdicts.ts';
import { acceptedBy, refusedBy, unexpectedReply } from './reply-verdicts.ts';
import type { Verdict } from './verdict.ts';
import type { Ended } from './wire.ts';

/** `again`: the server has enough recipients for one transaction and is asked for this one in the next, if it took this one. */
export type RecipientVerdict = Verdict | { readonly kind: 'again'; readonly otherwise: Verdict };

/**
 * What an envelope came to. `stale`: the connection had gone before anything of this transaction counted. `content`: it is
 * the content's turn, for the recipients whose place holds `null`.
 */
export type Judgement =
  | { readonly kind: 'stale' }
  | { readonly kind: 'settled'; readonly verdicts: readonly RecipientVerdict[] }
  | { readonly kind: 'content'; readonly verdicts: readonly (RecipientVerdict | null)[] };

export type EnvelopeFacts = {
  readonly recipients: number;
  /** Whether `last` was the content, by BDAT LAST. */
  readonly whole: boolean;
  /** Whether that content had left entirely, so that the server may have taken it whatever was heard. */
  readonly handedOver: boolean;
  /** Whether the connection had carried a transaction before. */
  readonly reused: boolean;
  /** Whether the commands left in one flight. */
  readonly pipelined: boolean;
};

/** Pure: the replies to an envelope, and what they mean for each recipient. */
export function judgeEnvelope(heard: EnvelopeReplies, facts: EnvelopeFacts): Judgement {
  const { mail, ended } = heard;
  const mayBeTaken = facts.whole && facts.handedOver;
  if (ended?.why === 'surplus') {
    return all(facts, mayBeTaken ? doubtAfter(ended) : lostAt(heard.last === null ? 'rcpt' : 'data', ended, false));
  }
  if (mail === null) return unanswered(ended ?? silence, facts, mayBeTaken);
  if (mail.code === 421 && facts.reused) return { kind: 'stale' };
  if (ended !== null && shifted(heard, ended, facts)) {
    return all(facts, mayBeTaken ? doubtAfter(ended) : lostAt(phaseOf(heard, facts), ended, true));
  }
  if (classOf(mail) !== 2) return all(facts, refusedBy('mail', mail));
  // 250 to DATA may be a RCPT's, moved here by a reply too many: then the refusals before it are not their recipients' own.
  const nonsense = facts.whole ? null : withoutMeaning(heard.last);
  if (nonsense !== null) return all(facts, unexpectedReply('data', nonsense));
  const verdicts = recipientVerdicts(heard, facts);
  const open = ended ?? closingOf(heard);
  if (open !== null)
    return { kind: 'settled', verdicts: verdicts.map((verdict) => verdict ?? cutOff(heard, open, facts)) };
  if (!verdicts.includes(null)) return { kind: 'settled', verdicts: verdicts.filter((verdict) => verdict !== null) };
  if (heard.last === null || heard.last.code === 354) return { kind: 'content', verdicts };
  const last = facts.whole ? flightVerdict(heard.last) : refusedBy('data', heard.last);
  return { kind: 'settled', verdicts: verdicts.map((verdict) => verdict ?? last) };
}

/** The verdict on content by its final reply. */
export function contentVerdict(reply: ServerReply): Verdict {
  const digit = classOf(reply);
  if (digit === 3) return doubtAfter(reply);
  return digit === 2 ? acceptedBy(reply) : refusedBy('dot', reply);
}

function flightVerdict(reply: ServerReply): Verdict {
  return speaksOfAddress(reply) ? doubtAfter(reply) : contentVerdict(reply);
}

const silence: Ended = { kind: 'ended', why: 'closed', detail: 'The server did not answer.' };

function all(facts: EnvelopeFacts, verdict: Verdict): Judgement {
  return { kind: 'settled', verdicts: Array.from({ length: facts.recipients }, () => verdict) };
}

function unanswered(ended: Ended, facts: EnvelopeFacts, mayBeTaken: boolean): Judgement {
  // Servers may hold back replies and send them together (RFC 2920 §3.2): no reply at all proves nothing.
  if (mayBeTaken) return all(facts, doubtAfter(ended));
  const gone = ended.why === 'closed' || ended.why === 'reset';
  return gone && facts.reused ? { kind: 'stale' } : all(facts, lostAt('mail', ended, true));
}

/**
 * Whether the replies to one flight may belong to other commands than their own: one is missing, and it may be any of them,
 * so that no refusal can be pinned on anybody. A server that closes, or said with 421 that it would, stopped answering there.
 */
function shifted(heard: EnvelopeReplies, ended: Ended, facts: EnvelopeFacts): boolean {
  const missing = ended.why === 'timeout' || ended.why === 'malformed';
  return facts.pipelined && missing && !heard.rcpt.some((reply) => reply.code === 421);
}

/** By their own replies; `null` for those accepted or not answered. */
function recipientVerdicts(heard: EnvelopeReplies, facts: EnvelopeFacts): (RecipientVerdict | null)[] {
  const accepted = heard.rcpt.filter((reply) => classOf(reply) === 2).length;
  return Array.from({ length: facts.recipients }, (_, index) => {
    const reply = heard.rcpt[index];
    if (reply === undefined || classOf(reply) === 2) return null;
    const refusal = refusedBy('rcpt', reply);
    if (!saysTooMany(reply)) return refusal;
    // RFC 5321 §4.5.3.1.10: 552 to RCPT is read as 452, too many recipients.
    const otherwise: Verdict = reply.code === 552 ? { ...refusal, kind: 'deferred', cause: 'message' } : refusal;
    return accepted > 0 ? { kind: 'again', otherwise } : otherwise;
  });
}

/** RFC 5321 §4.5.3.1.10, or the same in an enhanced code (RFC 3463 §3.6: X.5.3) beside another basic one. */
function saysTooMany(reply: ServerReply): boolean {
  if (reply.code === 452 || reply.code === 552) return true;
  return reply.code !== 421 && enhancedCodeOf(reply)?.slice(1) === '.5.3';
}

/** A 421 to RCPT with no content verdict after it: the server gave up the transaction. */
function closingOf(heard: EnvelopeReplies): ServerReply | null {
  return heard.last === null ? (heard.rcpt.find((reply) => reply.code === 421) ?? null) : null;
}

function cutOff(heard: EnvelopeReplies, by: Ended | ServerReply, facts: EnvelopeFacts): Verdict {
  const closing = heard.rcpt.find((reply) => reply.code === 421);
  // It said that it would close, so it did not go on to take the content.
  if (closing !== undefined) return refusedBy('rcpt', closing);
  if (by.kind === 'reply') return refusedBy('rcpt', by);
  if (facts.whole && facts.handedOver) return doubtAfter(by);
  return lostAt(phaseOf(heard, facts), by, true);
}

function phaseOf({ mail, rcpt }: EnvelopeReplies, facts: EnvelopeFacts): Phase {
  if (mail === null || classOf(mail) !== 2) return 'mail';
  if (rcpt.length < facts.recipients) return 'rcpt';
  return facts.whole ? 'body' : 'data';
}

/** The reply to DATA if it is neither 354 nor a refusal. */
function withoutMeaning(last: ServerReply | null): ServerReply | null {
  return last !== null && last.code !== 354 && classOf(last) < 4 ? last : null;
}
