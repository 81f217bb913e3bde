import type { Content } from '../core/ports/content.ts';
import { blocksOf, wholeOf } from './blocks.ts';
import { bounds } from './bounds.ts';
import { missedCount } from './confirm-flight.ts';
import { DotStuffer } from './dot-stuffer.ts';
import { formOf } from './reply-form.ts';
import { classOf } from './reply.ts';
import { hasTimeForFinalReply } from './time-budget.ts';
import type { SmtpTimeouts } from './settings.ts';
import { knowsNoSuchCommand } from './unknown-command.ts';
import type { Answer, AttemptBounds, Ended, Wire } from './wire.ts';

/** Servers have one way to take a chunk; more than this is a server that makes them up. */
const mostForms = 20;

/** The answer to the content. `complete` says whether the server could hold all of it by then. */
export type ContentAnswer = { readonly answer: Answer; readonly complete: boolean };

export type ContentRules = {
  readonly timeouts: SmtpTimeouts;
  readonly minimumRateBytesPerSecond: number;
  readonly attempt: AttemptBounds;
  readonly pipelining: boolean;
};

/**
 * Sends content after 354 and reads the final reply. The end of larger content is kept back until the rest has left and
 * one round trip has passed: a connection that is lost in between leaves no doubt.
 */
export async function sendData(wire: Wire, content: Content, rules: ContentRules): Promise<ContentAnswer> {
  const stuffer = new DotStuffer();
  wire.enter('body');
  // Whatever the server sent along with its 354 is read first: it may be a reset, or a verdict on nothing.
  const early = await wire.quiet(0);
  if (early !== null) return { answer: early, complete: false };
  if (content.sizeBytes <= bounds.blockBytes) {
    const octets = [...stuffer.push(await wholeOf(content)), stuffer.end()];
    return sendLast(wire, octets, content.sizeBytes, rules);
  }
  const blockPatience = patience(content.sizeBytes, rules);
  for await (const block of blocksOf(content)) {
    wire.send(stuffer.push(block), 0);
    const ended = await wire.drained(blockPatience());
    if (ended !== null) return { answer: ended, complete: false };
  }
  const lost = await heldBack(wire, rules);
  return lost === null ? sendLast(wire, stuffer.end(), 0, rules) : { answer: lost, complete: false };
}

/**
 * Sends content as BDAT chunks (RFC 3030 §2), the last of them when the server has acknowledged all others and one round trip
 * has passed: a reply too many shows as long as the message is not complete.
 */
export async function sendChunks(wire: Wire, content: Content, rules: ContentRules): Promise<ContentAnswer> {
  wire.enter('body');
  const blockPatience = patience(content.sizeBytes, rules);
  const window = rules.pipelining ? bounds.chunkWindow : 0;
  const forms = new Set<string>();
  let unanswered = 0;
  let held: Uint8Array = new Uint8Array(0);
  for await (const block of blocksOf(content)) {
    if (held.length > 0) {
      wire.send([Buffer.from(`BDAT ${held.length}\r\n`), held], 1);
      unanswered++;
      const stopped =
        (await heardBefore(wire, await wire.drained(blockPatience()))) ??
        (await acknowledged(wire, unanswered - window, blockPatience, forms));
      if (stopped !== null) return { answer: stopped, complete: false };
      unanswered = Math.min(unanswered, window);
    }
    held = block;
  }
  const stopped =
    (await acknowledged(wire, unanswered, blockPatience, forms)) ?? (await beforeLast(wire, forms, rules));
  if (stopped !== null) return { answer: stopped, complete: false };
  return unshifted(wire, await sendLast(wire, lastChunk(held), held.length, rules), forms, rules);
}

/** The whole of a small message, or the last chunk of a larger one. */
export function lastChunk(octets: Uint8Array): readonly Uint8Array[] {
  return [Buffer.from(`BDAT ${octets.length} LAST\r\n`), octets];
}

/** Who does not know BDAT says so before it answers what it takes for further commands. */
async function heardBefore(wire: Wire, ended: Ended | null): Promise<Answer | null> {
  if (ended?.why !== 'surplus') return ended;
  const first = await wire.read(0);
  return first.kind === 'reply' && knowsNoSuchCommand(first) ? first : ended;
}

/** Reads the replies to chunks: a chunk counts as taken when the server says so. Their forms are kept. */
async function acknowledged(
  wire: Wire,
  chunks: number,
  withinMs: () => number,
  forms: Set<string>,
): Promise<Answer | null> {
  for (let left = chunks; left > 0; left--) {
    const answer = await wire.read(withinMs());
    if (answer.kind === 'ended' || classOf(answer) !== 2) return answer;
    if (forms.size < mostForms) forms.add(formOf(answer));
  }
  return null;
}

function beforeLast(wire: Wire, forms: ReadonlySet<string>, rules: ContentRules): Promise<Ended | null> {
  return forms.size === 0 ? Promise.resolve(lackOfTime(rules)) : heldBack(wire, rules);
}

/**
 * An acceptance in the words in which chunks were taken may be that of a chunk, moved here by a reply too many: it counts
 * when the server shows that no other is to come.
 */
async function unshifted(
  wire: Wire,
  final: ContentAnswer,
  forms: ReadonlySet<string>,
  rules: ContentRules,
): Promise<ContentAnswer> {
  const { answer, complete } = final;
  if (!complete || answer.kind === 'ended' || classOf(answer) !== 2 || !forms.has(formOf(answer))) return final;
  const ended = await missedCount(wire, rules.timeouts.dotMs);
  return ended === null ? final : { answer: ended, complete };
}

async function heldBack(wire: Wire, rules: ContentRules): Promise<Ended | null> {
  const roundTripMs = Math.min(Math.max(wire.roundTripMs, bounds.holdBackMinMs), bounds.holdBackMaxMs);
  return (await wire.quiet(roundTripMs)) ?? lackOfTime(rules);
}

function lackOfTime(rules: ContentRules): Ended | null {
  if (hasTimeForFinalReply(rules.attempt, rules.timeouts.dotMs)) return null;
  return { kind: 'ended', why: 'timeout', detail: 'There was too little time left to await the final reply.' };
}

async function sendLast(
  wire: Wire,
  octets: Uint8Array | readonly Uint8Array[],
  sizeBytes: number,
  rules: ContentRules,
): Promise<ContentAnswer> {
  if (wire.ended !== null) return { answer: wire.ended, complete: false };
  wire.commit();
  wire.send(octets, 1);
  const ended = await wire.drained(patience(sizeBytes, rules)());
  wire.enter('dot');
  const answer = ended !== null && !wire.handedOver ? ended : await wire.read(rules.timeouts.dotMs);
  return { answer, complete: wire.handedOver };
}

/** How long the next block may take: its own limit, and what the minimum rate leaves of the whole. */
function patience(sizeBytes: number, rules: ContentRules): () => number {
  const { blockMs } = rules.timeouts;
  const endsAt = performance.now() + blockMs + (sizeBytes / rules.minimumRateBytesPerSecond) * 1000;
  return () => Math.min(blockMs, endsAt - performance.now());
}
