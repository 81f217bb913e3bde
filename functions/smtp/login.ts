import type { Credentials, Target } from '../core/ports/router.ts';
import { chooseAuth } from './auth.ts';
import type { AuthExchange } from './auth-exchange.ts';
import type { AuthMechanism } from './auth-mechanisms.ts';
import { bounds } from './bounds.ts';
import { unopened } from './lost-verdicts.ts';
import { commandLine } from './mail-commands.ts';
import { classOf, type ServerReply } from './reply.ts';
import { deferredBy, type Verdict } from './verdict.ts';
import type { Answer, Wire } from './wire.ts';

/** Which mechanism a server took a login by that it had refused by a better one: the refusal is not asked for every time. */
export type LoginMemory = WeakMap<Credentials, string>;

export type LoginOrder = { readonly target: Target; readonly withinMs: number; readonly memory: LoginMemory };

/** `unproven`: we broke it off, for the server did not do what the mechanism asks of it. `word` is its reason in its own code. */
type LoginEnd =
  | { readonly kind: 'answered'; readonly answer: Answer; readonly word: string | null }
  | { readonly kind: 'unproven'; readonly detail: string };

/**
 * Logs in where the target has credentials (RFC 4954); `null` when mail may be sent. A mechanism that nobody named and that
 * the server refuses gives way to the next: servers offer SCRAM and CRAM-MD5 for accounts of which they hold no such secret.
 */
export async function login(
  wire: Wire,
  { target, withinMs, memory }: LoginOrder,
  offered: ReadonlySet<string>,
  secure: boolean,
): Promise<Verdict | null> {
  const { credentials } = target;
  if (credentials === null) return null;
  const choice = chooseAuth(offered, credentials, secure);
  if (choice.kind === 'unusable') {
    return deferredBy('auth', 'route', { code: 'login_unavailable', detail: choice.detail }, false);
  }
  wire.enter('auth');
  let verdict: Verdict | null = null;
  for (const mechanism of worthTrying(choice.mechanisms, memory.get(credentials))) {
    const end = await authenticated(wire, mechanism, mechanism.begin(credentials, target), withinMs);
    const refusal = refusalOf(end);
    if (refusal === null && verdict !== null) memory.set(credentials, mechanism.name);
    if (refusal === null || !mayGiveWay(end, mechanism)) return refusal;
    verdict = refusal;
  }
  return verdict;
}

function worthTrying(mechanisms: readonly AuthMechanism[], taken: string | undefined): readonly AuthMechanism[] {
  const known = mechanisms.filter(({ name }) => name === taken);
  return known.length === 0 ? mechanisms : known;
}

/** Where the password itself was shown and refused, no other way of showing it helps. */
function mayGiveWay(end: LoginEnd, { plainText }: AuthMechanism): boolean {
  if (end.kind !== 'answered' || end.answer.kind === 'ended' || classOf(end.answer) !== 5) return false;
  return !plainText || end.answer.code === 504;
}

function refusalOf(end: LoginEnd): Verdict | null {
  if (end.kind === 'unproven') {
    return deferredBy('auth', 'route', { code: 'login_unproven', detail: end.detail }, false);
  }
  const { answer, word } = end;
  if (answer.kind === 'reply' && classOf(answer) === 2) return null;
  const verdict = unopened('auth', answer);
  if (answer.kind === 'ended' || answer.code === 421) return verdict;
  if (classOf(answer) === 4) return { ...verdict, tryNextHost: false };
  const reason = word === null ? '' : ` (${word})`;
  const error = { code: 'login_refused', detail: `The server refused the login with ${answer.code}${reason}.` };
  return { ...verdict, cause: 'route', error, tryNextHost: false };
}

async function authenticated(
  wire: Wire,
  { name }: AuthMechanism,
  exchange: AuthExchange,
  withinMs: number,
): Promise<LoginEnd> {
  const command = commandOf(name, exchange.initial);
  let answer = await asked(wire, command.line, withinMs);
  if (command.initialLeft !== null && isChallenge(answer)) {
    answer = await asked(wire, base64(command.initialLeft), withinMs);
  }
  let word: string | null = null;
  for (let round = 0; round < bounds.authRounds && isChallenge(answer); round++) {
    const challenge = Buffer.from(answer.lines[0] ?? '', 'base64');
    word ??= errorWordOf(challenge);
    const step = await exchange.answer(challenge, round);
    if (step.kind === 'refused') return await brokenOff(wire, step.detail, withinMs);
    answer = await asked(wire, base64(step.text), withinMs);
  }
  if (answer.kind === 'reply' && classOf(answer) === 2 && !exchange.proven) {
    return { kind: 'unproven', detail: 'The server accepted the login without proving that it knows the password.' };
  }
  return { kind: 'answered', answer, word };
}

/** RFC 4954 §4: an initial response that would make the command too long waits for an empty challenge. */
function commandOf(
  name: string,
  initial: string | null,
): { readonly line: string; readonly initialLeft: string | null } {
  const bare = `AUTH ${name}`;
  if (initial === null) return { line: bare, initialLeft: null };
  const line = `${bare} ${initial === '' ? '=' : base64(initial)}`;
  return line.length <= bounds.commandOctets ? { line, initialLeft: null } : { line: bare, initialLeft: initial };
}

/** RFC 4954 §4: `*` cancels, and is answered with 501; whatever comes, nothing more is said here. */
async function brokenOff(wire: Wire, detail: string, withinMs: number): Promise<LoginEnd> {
  await asked(wire, '*', withinMs);
  return { kind: 'unproven', detail };
}

/** The `status` of the JSON in which servers say why a token will not do (RFC 7628 §3.2.2), if it is a plain word. */
function errorWordOf(challenge: Buffer): string | null {
  try {
    const said = JSON.parse(challenge.toString('utf8')) as { readonly status?: unknown } | null;
    return typeof said?.status === 'string' && /^[\w-]{1,40}$/.test(said.status) ? said.status : null;
  } catch {
    return null;
  }
}

function isChallenge(answer: Answer): answer is ServerReply {
  return answer.kind === 'reply' && answer.code === 334;
}

function asked(wire: Wire, command: string, withinMs: number): Promise<Answer> {
  wire.send(commandLine(command), 1);
  return wire.read(withinMs);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
