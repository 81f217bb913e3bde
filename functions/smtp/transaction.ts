import type { Mailbox } from '../core/mailbox.ts';
import type { Content } from '../core/ports/content.ts';
import { wholeOf } from './blocks.ts';
import { bounds } from './bounds.ts';
import { confirmFlight, confirmRefusals } from './confirm-flight.ts';
import { exchangeEnvelope, type EnvelopeCommands, type EnvelopeReplies } from './envelope-exchange.ts';
import { contentVerdict, judgeEnvelope, type RecipientVerdict } from './judge-envelope.ts';
import { mailCommand, rcptCommand, type MailParameters } from './mail-commands.ts';
import { classOf, speaksOfAddress, type ServerReply } from './reply.ts';
import { canTellApart, learnForms, likenessOf } from './reply-forms.ts';
import { lastChunk, sendChunks, sendData, type ContentAnswer, type ContentRules } from './send-content.ts';
import { unlearn } from './server-habits.ts';
import type { Session } from './session.ts';
import { shutsSession } from './shuts-session.ts';
import { hasTimeForContent } from './time-budget.ts';
import { doubtAfter, lostAt } from './lost-verdicts.ts';
import { refusedBy } from './reply-verdicts.ts';
import { knowsNoSuchCommand } from './unknown-command.ts';
import { deferredBy, type Verdict } from './verdict.ts';
import type { Answer, Ended } from './wire.ts';

export type Transaction = {
  readonly sender: Mailbox | null;
  readonly recipients: readonly Mailbox[];
  readonly parameters: MailParameters;
  readonly content: Content;
};

/** `stale`: nothing was taken on this connection, which is of no more use, and no attempt counts. */
export type TransactionResult =
  | { readonly kind: 'stale' }
  | { readonly kind: 'settled'; readonly verdicts: readonly RecipientVerdict[] };

/**
 * One transaction. What the server offers and what it has shown decide how many round trips that takes:
 *
 * - PIPELINING, CHUNKING, a small message, and a connection that is warm and took `bounds.provenMessages` before, or a new
 *   one to a server that did: MAIL, RCPT and BDAT LAST in one flight. Not earlier: on a first contact recipients are often
 *   refused, and one reply too many or a server that hangs up after each message must show while the content is still here.
 * - CHUNKING: MAIL and RCPT, then BDAT, if the message is large or the server words its final replies unlike the others.
 *   Some offer it and do not know BDAT: they get the message by DATA, on a new connection, and everything that comes after it.
 * - Otherwise MAIL, RCPT and DATA, then the content: as many round trips for a small message, and 354 proves the count.
 * - Without PIPELINING, command by command.
 */
export async function transact(
  session: Session,
  transaction: Transaction,
  rules: ContentRules,
): Promise<TransactionResult> {
  const { wire, capabilities } = session;
  const { content, recipients } = transaction;
  if (!hasTimeForContent(rules.attempt, content.sizeBytes, rules.timeouts.dotMs)) return outOfTime(recipients.length);
  const chunking = usesChunks(session, content);
  const whole = chunking && fitsOneFlight(session, content) ? lastChunk(await wholeOf(content)) : null;
  const commands = commandsOf(session, transaction, chunking, whole);
  const reused = session.transactions++ > 0;
  if (wire.ended !== null) return endedBefore(wire.ended, reused, recipients.length);
  if (whole !== null) wire.commit();
  const answers = await exchangeEnvelope(wire, commands, capabilities.pipelining, rules.timeouts);
  const heard =
    whole === null
      ? await confirmRefusals(wire, answers, rules.timeouts)
      : await confirmFlight(wire, answers, session.habits.forms, rules.timeouts);
  noteEnvelope(session, heard);
  // Where nobody is to get it, 503 is what a chunk deserves.
  if (whole !== null && anyTaken(heard) && noteRefusedChunks(session, heard.last) && heard.ended === null) {
    return { kind: 'stale' };
  }
  const { handedOver } = wire;
  const { pipelining: pipelined } = capabilities;
  const facts = { recipients: recipients.length, whole: whole !== null, handedOver, reused, pipelined };
  const judged = judgeEnvelope(heard, facts);
  if (judged.kind !== 'content') {
    await endUnopened(session, heard, chunking, rules);
    return judged;
  }
  const final = await contentResult(session, heard, content, chunking, rules);
  if (final === null) return { kind: 'stale' };
  return { kind: 'settled', verdicts: judged.verdicts.map((verdict) => verdict ?? final) };
}

function usesChunks({ capabilities, habits }: Session, content: Content): boolean {
  const worthIt = content.sizeBytes > bounds.blockBytes || canTellApart(habits.forms);
  return capabilities.chunking && !habits.refusedChunks && worthIt;
}

function fitsOneFlight(session: Session, content: Content): boolean {
  const { capabilities, provenMessages, habits, needsReset, spokeAt, transactions } = session;
  const warm = performance.now() - spokeAt < bounds.warmMs;
  // That a server goes on after a message has to show on the connection itself.
  const proven = (transactions === 0 ? habits.taken : provenMessages) >= bounds.provenMessages;
  return capabilities.pipelining && proven && warm && !needsReset && content.sizeBytes <= bounds.blockBytes;
}

function commandsOf(
  session: Session,
  transaction: Transaction,
  chunking: boolean,
  whole: readonly Uint8Array[] | null,
): EnvelopeCommands {
  const opened = chunking ? null : ({ kind: 'data' } as const);
  return {
    reset: session.needsReset,
    mail: mailCommand(transaction.sender, transaction.parameters),
    rcpt: transaction.recipients.map((recipient) => rcptCommand(recipient, transaction.parameters)),
    last: whole === null ? opened : { kind: 'whole', octets: whole },
  };
}

function noteEnvelope(session: Session, { mail, rcpt, last, ended }: EnvelopeReplies): void {
  session.spokeAt = performance.now();
  const shut = [mail, ...rcpt, last].some((reply) => reply !== null && shutsSession(reply));
  session.spent ||= ended !== null || shut || (last !== null && speaksOfAddress(last));
  doubtHabits(session, ended);
  // After MAIL a server holds a transaction until content was taken; after a refused BDAT its state is open (RFC 3030 §2).
  session.needsReset = mail !== null && classOf(mail) === 2 && (last === null || classOf(last) !== 2);
}

/** Whether the server does not know BDAT, which is noted. */
function noteRefusedChunks(session: Session, reply: Answer | null): boolean {
  const refused = reply?.kind === 'reply' && knowsNoSuchCommand(reply);
  session.habits.refusedChunks ||= refused;
  return refused;
}

function anyTaken({ mail, rcpt }: EnvelopeReplies): boolean {
  return mail !== null && classOf(mail) === 2 && rcpt.some((reply) => classOf(reply) === 2);
}

/** Content was opened where none can follow: 354 although nobody was accepted. */
async function endUnopened(
  session: Session,
  { mail, rcpt, last }: EnvelopeReplies,
  chunking: boolean,
  rules: ContentRules,
): Promise<void> {
  const refused = rcpt.every((reply) => classOf(reply) !== 2);
  if (last?.code === 354 && refused && mail !== null && classOf(mail) === 2) {
    // RFC 2920 §3.1: a lone dot ends it.
    session.wire.send(Buffer.from('.\r\n'), 1);
    const answer = await session.wire.read(rules.timeouts.commandMs);
    session.spent ||= answer.kind === 'ended' || shutsSession(answer);
  } else if (last !== null && classOf(last) === 3) {
    session.spent = true;
  } else if (last !== null && classOf(last) === 2 && !chunking) {
    // It accepted DATA without asking for it: nobody knows what it takes the next octets for.
    session.spent = true;
  }
}

/** `null` if the server does not know the command that the content came by. */
async function contentResult(
  session: Session,
  { mail, rcpt }: EnvelopeReplies,
  content: Content,
  chunking: boolean,
  rules: ContentRules,
): Promise<Verdict | null> {
  const { wire, habits } = session;
  const { forms } = habits;
  const result = await (chunking ? sendChunks : sendData)(wire, content, rules);
  const { answer, complete } = result;
  session.spokeAt = performance.now();
  session.needsReset = chunking && (answer.kind === 'ended' || classOf(answer) !== 2);
  session.spent ||= answer.kind === 'ended' || shutsSession(answer) || !complete || wire.ended !== null;
  if (answer.kind === 'ended') doubtHabits(session, answer);
  if (chunking && noteRefusedChunks(session, answer)) {
    // Whoever takes the content for commands answers each line of it, and may have answered something else before.
    const noise = complete ? await wire.quiet(bounds.holdBackMinMs) : null;
    return noise?.why === 'surplus' ? doubtAfter(noise) : null;
  }
  if (answer.kind === 'reply' && complete && classOf(answer) === 2) {
    if (chunking && canTellApart(forms) && likenessOf(forms, answer) === 'envelope') return misplaced(session, answer);
    session.provenMessages++;
    habits.taken++;
    learnForms(forms, mail === null ? rcpt : [mail, ...rcpt], answer);
  }
  return verdictOn(result);
}

// A server that once lost count is met like a stranger, on its next connections too.
function doubtHabits({ habits }: Session, ended: Ended | null): void {
  if (ended?.why === 'surplus' || ended?.why === 'early' || ended?.why === 'malformed') unlearn(habits);
}

/** What this server says of an address: an earlier reply was one too many, and the true final one is yet to come. */
function misplaced(session: Session, answer: ServerReply): Verdict {
  session.spent = true;
  unlearn(session.habits);
  return doubtAfter(answer);
}

function verdictOn({ answer, complete }: ContentAnswer): Verdict {
  if (answer.kind === 'ended') return complete ? doubtAfter(answer) : lostAt('body', answer, false);
  if (complete) return contentVerdict(answer);
  // A refused chunk (RFC 3030 §2); anything else about half a message is nonsense.
  const detail = `The server answered ${answer.code} before it was given the whole message.`;
  return classOf(answer) === 4 || classOf(answer) === 5
    ? refusedBy('body', answer)
    : deferredBy('body', 'host', { code: 'protocol_violation', detail }, false);
}

/** Whatever ended it, nothing of this transaction was sent. */
function endedBefore(ended: Ended, reused: boolean, recipients: number): TransactionResult {
  if (reused && ended.why !== 'interrupted') return { kind: 'stale' };
  const verdict = lostAt('mail', ended, true);
  return { kind: 'settled', verdicts: Array.from({ length: recipients }, () => verdict) };
}

function outOfTime(recipients: number): TransactionResult {
  const error = {
    code: 'too_little_time',
    detail: 'There was too little time left to send the message and await its reply.',
  };
  const verdict = deferredBy('data', 'host', error, false);
  return { kind: 'settled', verdicts: Array.from({ length: recipients }, () => verdict) };
}
