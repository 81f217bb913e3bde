import { bounds } from './bounds.ts';
import type { EnvelopeReplies } from './envelope-exchange.ts';
import { commandLine } from './mail-commands.ts';
import { classOf } from './reply.ts';
import { likenessOf, type ReplyForms } from './reply-forms.ts';
import type { SmtpTimeouts } from './settings.ts';
import type { Ended, Wire } from './wire.ts';

const noop = commandLine('NOOP');
const surplus: Ended = { kind: 'ended', why: 'surplus', detail: 'The replies to one flight are one too many.' };

/**
 * The replies to one flight, in doubt if they may be off by one: a reply too many moves the one to the last RCPT into the
 * place of the final one, and nothing in the count shows it. An acceptance in a form this server uses for messages is taken at
 * once; in a form it uses for addresses, never. Anything else, and a refusal of several recipients, is taken when the server
 * answers one command more and then is quiet.
 */
export async function confirmFlight(
  wire: Wire,
  heard: EnvelopeReplies,
  forms: ReplyForms,
  timeouts: SmtpTimeouts,
): Promise<EnvelopeReplies> {
  const { last, ended } = heard;
  if (last === null || ended !== null || last.code === 421) return heard;
  const accepted = classOf(last) === 2;
  // A refusal moved here from RCPT would still be that of the only recipient.
  if (!accepted && heard.rcpt.length === 1) return heard;
  const likeness = accepted ? likenessOf(forms, last) : 'unknown';
  if (likeness === 'final') return heard;
  return { ...heard, ended: likeness === 'envelope' ? surplus : await missedCount(wire, timeouts.dotMs) };
}

/**
 * The replies to an envelope without its content, ended if they may be off by one: a reply too many moves the one to the last
 * recipient into the place of that to DATA, or out of sight, and one recipient is refused for good for what was said of
 * another. 354 shows that none did; where all are refused for good, nothing hangs on it.
 */
export async function confirmRefusals(
  wire: Wire,
  heard: EnvelopeReplies,
  timeouts: SmtpTimeouts,
): Promise<EnvelopeReplies> {
  const { rcpt, last, ended } = heard;
  const closing = [...rcpt, last].some((reply) => reply?.code === 421);
  if (ended !== null || closing || rcpt.length < 2 || (last !== null && classOf(last) < 4)) return heard;
  const forGood = [...rcpt, last].filter((reply) => reply !== null && classOf(reply) === 5).length;
  if (forGood === 0 || forGood > rcpt.length) return heard;
  return { ...heard, ended: await missedCount(wire, timeouts.commandMs) };
}

/**
 * Asks for one reply more and listens: `null` if it is the answer to that, and not one that was still to come. For where an
 * acceptance may have been meant for an earlier command.
 */
export async function missedCount(wire: Wire, withinMs: number): Promise<Ended | null> {
  wire.send(noop, 1);
  // Were the true last reply still to come, it would come here, and take its time.
  const answer = await wire.read(withinMs);
  if (answer.kind === 'ended') return unlessGone(answer);
  if (answer.code === 421) {
    // It has given its verdict and closes: the next flight must not meet that.
    wire.destroy();
    return null;
  }
  // 500 and 502: it does not know NOOP, which nobody says of a message.
  const expected = classOf(answer) === 2 || answer.code === 500 || answer.code === 502;
  return expected ? unlessGone(await wire.quiet(bounds.holdBackMinMs)) : surplus;
}

/** A server may hang up once it has given its verdict. */
function unlessGone(ended: Ended | null): Ended | null {
  return ended?.why === 'closed' || ended?.why === 'reset' ? null : ended;
}
