import { bounds } from './bounds.ts';
import { commandLine } from './mail-commands.ts';
import { classOf, type ServerReply } from './reply.ts';
import type { SmtpTimeouts } from './settings.ts';
import type { Answer, Ended, Wire } from './wire.ts';

/** The commands of an envelope in their order. `last` opens DATA, or is the whole content as BDAT LAST, or is absent. */
export type EnvelopeCommands = {
  readonly reset: boolean;
  readonly mail: Buffer;
  readonly rcpt: readonly Buffer[];
  readonly last: { readonly kind: 'data' } | { readonly kind: 'whole'; readonly octets: readonly Uint8Array[] } | null;
};

/** What was heard. Without `ended`, every command that was sent has its reply. */
export type EnvelopeReplies = {
  readonly mail: ServerReply | null;
  readonly rcpt: readonly ServerReply[];
  readonly last: ServerReply | null;
  readonly ended: Ended | null;
};

type Heard = { mail: ServerReply | null; rcpt: ServerReply[]; last: ServerReply | null; ended: Ended | null };

type Step = {
  readonly kind: 'reset' | 'mail' | 'rcpt' | 'data' | 'whole';
  readonly octets: readonly Uint8Array[];
  readonly withinMs: number;
};

/** What was said last is waited for first: in one flight the time of all commands is that of the first. */
const phaseOf = { reset: 'mail', mail: 'mail', rcpt: 'rcpt', data: 'data', whole: 'dot' } as const;

const resetCommand = commandLine('RSET');
const dataCommand = commandLine('DATA');

/**
 * Sends an envelope and reads its replies: in one flight if the server pipelines (RFC 2920 §3.1), else command by command
 * as far as the replies allow.
 */
export async function exchangeEnvelope(
  wire: Wire,
  commands: EnvelopeCommands,
  pipelining: boolean,
  timeouts: SmtpTimeouts,
): Promise<EnvelopeReplies> {
  const steps = stepsOf(commands, timeouts);
  const heard: Heard = { mail: null, rcpt: [], last: null, ended: null };
  if (pipelining) wire.send(Buffer.concat(steps.flatMap((step) => step.octets)), steps.length);
  for (const step of steps) {
    if (!pipelining && !worthAsking(step, heard)) break;
    wire.enter(phaseOf[step.kind]);
    if (!pipelining) wire.send(step.octets, 1);
    const answer = checked(await wire.read(patienceFor(step, heard)), step);
    if (answer.kind === 'ended') return { ...heard, ended: answer };
    record(heard, step, answer);
    // The server is closing. Only where it may have the whole message already must the rest be heard.
    if (answer.code === 421 && (step.kind === 'mail' || commands.last?.kind !== 'whole')) break;
  }
  if (heard.last !== null && heard.last.code !== 354) await wire.quiet(0);
  // One octet more than was asked for casts doubt on every reply before it: they may be off by one.
  return wire.ended?.why === 'surplus' ? { ...heard, ended: wire.ended } : heard;
}

function stepsOf({ reset, mail, rcpt, last }: EnvelopeCommands, timeouts: SmtpTimeouts): readonly Step[] {
  const { commandMs, dataMs, dotMs } = timeouts;
  const steps: Step[] = reset ? [{ kind: 'reset', octets: [resetCommand], withinMs: commandMs }] : [];
  steps.push({ kind: 'mail', octets: [mail], withinMs: commandMs });
  for (const command of rcpt) steps.push({ kind: 'rcpt', octets: [command], withinMs: commandMs });
  if (last?.kind === 'data') steps.push({ kind: 'data', octets: [dataCommand], withinMs: dataMs });
  if (last?.kind === 'whole') steps.push({ kind: 'whole', octets: last.octets, withinMs: dotMs });
  return steps;
}

function worthAsking(step: Step, heard: EnvelopeReplies): boolean {
  switch (step.kind) {
    case 'reset':
    case 'mail':
      return true;
    case 'rcpt':
      return heard.mail !== null && classOf(heard.mail) === 2;
    case 'data':
    case 'whole':
      return heard.rcpt.some((reply) => classOf(reply) === 2);
  }
}

function patienceFor(step: Step, heard: EnvelopeReplies): number {
  const closing = heard.rcpt.some((reply) => reply.code === 421);
  return closing ? Math.min(step.withinMs, bounds.quitMs) : step.withinMs;
}

/** Only DATA is answered by a 3yz; a server that does not take RSET is as good as gone. */
function checked(answer: Answer, step: Step): Answer {
  if (answer.kind === 'ended') return answer;
  const digit = classOf(answer);
  if (step.kind === 'reset' && digit !== 2) {
    return { kind: 'ended', why: 'closed', detail: `The server answered RSET with ${answer.code}.` };
  }
  if (digit !== 3 || step.kind === 'data') return answer;
  return { kind: 'ended', why: 'malformed', detail: `The server answered ${step.kind} with ${answer.code}.` };
}

function record(heard: Heard, step: Step, reply: ServerReply): void {
  switch (step.kind) {
    case 'reset':
      return;
    case 'mail':
      heard.mail = reply;
      return;
    case 'rcpt':
      heard.rcpt.push(reply);
      return;
    case 'data':
    case 'whole':
      heard.last = reply;
  }
}
