import type { Target } from '../core/ports/router.ts';
import type { TlsEvidence } from '../core/outcome.ts';
import type { TlsFailure, TlsFailureCode, TlsRule } from '../core/tls/tls-policy.ts';
import { bounds } from './bounds.ts';
import { capabilitiesOf, noCapabilities, type Capabilities } from './capabilities.ts';
import { login, type LoginMemory } from './login.ts';
import { commandLine } from './mail-commands.ts';
import { classOf } from './reply.ts';
import type { ServerHabits } from './server-habits.ts';
import type { Session } from './session.ts';
import type { SmtpTimeouts } from './settings.ts';
import { unopened } from './lost-verdicts.ts';
import { bouncedBy, deferredBy, type Verdict } from './verdict.ts';
import type { Answer, PeerIdentity, TlsStart, Wire } from './wire.ts';

/** `plaintext`: TLS was offered and cannot be had, but the target's policy allows mail in the clear, on a new connection. */
export type OpenResult =
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'plaintext'; readonly verdict: Verdict; readonly why: TlsFailure }
  | { readonly kind: 'failed'; readonly verdict: Verdict; readonly greeted: boolean };

export type Opening = {
  readonly target: Target;
  readonly hostname: string;
  readonly timeouts: SmtpTimeouts;
  readonly logins: LoginMemory;
  readonly habits: ServerHabits;
  /** Why STARTTLS failed on another connection, where the policy allows to do without; `null` for the first one. */
  readonly withoutTls: TlsFailure | null;
  readonly connection: Session['connection'];
};

const demands: Partial<Record<TlsRule, string>> = {
  dane: 'DANE demands more.',
  'mta-sts': 'The MTA-STS policy of the domain demands more.',
  verified: 'POSTERN_TLS_POLICY demands more.',
  required: 'TLS was demanded.',
};

const noTls: TlsFailure = { code: 'starttls-not-supported', detail: 'The server offers no STARTTLS.' };

type Secured = {
  readonly evidence: TlsEvidence;
  readonly subject: readonly string[];
  readonly verified: true | TlsFailure;
};

type Step<Value> = { readonly kind: 'done'; readonly value: Value } | Exclude<OpenResult, { kind: 'open' }>;

/**
 * Brings a new connection to where mail can be sent:
 *
 * (TLS, if implicit) → greeting → EHLO or HELO → (STARTTLS → EHLO) → (AUTH)
 */
export async function openSession(wire: Wire, opening: Opening): Promise<OpenResult> {
  const implicit = opening.target.tls === 'implicit' ? await handshake(wire, opening) : done(null);
  if (implicit.kind !== 'done') return implicit;
  const greeted = await greeting(wire, opening);
  if (greeted.kind !== 'done') return greeted;
  const clear = await hello(wire, opening);
  if (clear.kind !== 'done') return clear;
  const secured = implicit.value === null ? await startTls(wire, opening, clear.value) : done(null);
  if (secured.kind !== 'done') return secured;
  // What was learnt in the clear is forgotten (RFC 3207 §4.2).
  const capabilities = secured.value === null ? clear : await hello(wire, opening);
  if (capabilities.kind !== 'done') return refusedHandshake(wire, opening) ?? capabilities;
  const tls = implicit.value ?? secured.value;
  const order = { target: opening.target, withinMs: opening.timeouts.commandMs, memory: opening.logins };
  const loginRefusal = await login(wire, order, capabilities.value.auth, tls !== null);
  if (loginRefusal !== null) return failed(loginRefusal);
  return { kind: 'open', session: newSession(wire, capabilities.value, tls, opening) };
}

function newSession(wire: Wire, capabilities: Capabilities, tls: Secured | null, opening: Opening): Session {
  const { target, habits, withoutTls, connection } = opening;
  const spokeAt = performance.now();
  const lacking = tls === null ? (withoutTls ?? noTls) : null;
  return {
    wire,
    connection,
    capabilities,
    tls: tls?.evidence ?? null,
    peerSubject: tls?.subject ?? null,
    objection: target.policy.rule === 'mta-sts-testing' ? (target.policy.objection ?? objectionTo(tls, lacking)) : null,
    lacking,
    domains: new Set(),
    transactions: 0,
    needsReset: false,
    provenMessages: 0,
    habits,
    spokeAt,
    spent: false,
  };
}

function objectionTo(tls: Secured | null, lacking: TlsFailure | null): TlsFailure | null {
  return tls === null || tls.verified === true ? lacking : tls.verified;
}

async function greeting(wire: Wire, { hostname, timeouts }: Opening): Promise<Step<null>> {
  wire.enter('greeting');
  const answer = await wire.read(timeouts.greetingMs);
  if (answer.kind === 'ended') return failed(unopened('greeting', answer), false);
  // A 5yz here is about the host, not about any message, whatever RFC 7504 lets 521 mean: other hosts of the domain may take it.
  if (answer.code !== 220) return failed(unopened('greeting', answer));
  const name = answer.lines[0]?.split(' ')[0]?.toLowerCase();
  if (name !== hostname.toLowerCase() || name === 'localhost') return done(null);
  const error = { code: 'mail_loop', detail: 'The server greets with our own name: the mail would loop.' };
  return failed(bouncedBy('greeting', { code: 554, enhancedCode: '5.4.6', error }));
}

async function hello(wire: Wire, { hostname, timeouts }: Opening): Promise<Step<Capabilities>> {
  wire.enter('ehlo');
  wire.send(commandLine(`EHLO ${hostname}`), 1, bounds.ehloReplyOctets);
  const ehlo = await wire.read(timeouts.commandMs);
  if (ehlo.kind === 'reply' && classOf(ehlo) === 2) return done(capabilitiesOf(ehlo));
  if (ehlo.kind === 'ended' || classOf(ehlo) !== 5) return failed(unopened('ehlo', ehlo));
  // RFC 5321 §3.2: servers that do not know EHLO.
  const helo = await asked(wire, `HELO ${hostname}`, timeouts.commandMs);
  if (helo.kind === 'reply' && classOf(helo) === 2) return done(noCapabilities);
  return failed(unopened('ehlo', helo));
}

async function startTls(wire: Wire, opening: Opening, offered: Capabilities): Promise<Step<Secured | null>> {
  const { target, timeouts, withoutTls } = opening;
  if (target.tls === 'none') return done(null);
  if (target.tls === 'opportunistic' && (!offered.startTls || withoutTls !== null)) return done(null);
  if (!offered.startTls) return withoutTlsHere(opening, 'The server offers no STARTTLS.');
  wire.dropAfterReply();
  wire.enter('starttls');
  const answer = await asked(wire, 'STARTTLS', timeouts.commandMs);
  if (answer.kind === 'reply' && answer.code === 220) return handshake(wire, opening);
  if (answer.kind === 'ended' && answer.why !== 'malformed') return failed(unopened('starttls', answer));
  if (answer.kind === 'reply' && answer.code === 421) return failed(unopened('starttls', answer));
  const why = answer.kind === 'ended' ? answer.detail : `The server answered STARTTLS with ${answer.code}.`;
  return withoutTlsHere(opening, why, answer);
}

async function handshake(wire: Wire, opening: Opening): Promise<Step<Secured>> {
  const { target, timeouts } = opening;
  wire.enter('starttls');
  const started: TlsStart = await wire.startTls(identityOf(target), timeouts.commandMs);
  if (started.kind === 'ended') return failed(unopened('starttls', started), target.tls !== 'implicit');
  if (started.kind === 'unusable') return withoutTlsHere(opening, started.detail, null, 'validation-failure');
  const { protocol, cipher, subject, verified } = started;
  // Whoever has no trusted certificate gets no login either, however relaxed the policy.
  if (verified !== true && (!takesAnyCertificate(target) || target.credentials !== null)) {
    return untrusted(opening, verified);
  }
  const evidence = { protocol, cipher, verified: verified === true, policy: target.policy.rule };
  return done({ evidence, subject, verified });
}

/** Under TLS 1.3 who wants a certificate of ours says so (RFC 8446 §6.2) when the handshake has ended for us. */
function refusedHandshake({ ended }: Wire, opening: Opening): Exclude<OpenResult, { kind: 'open' }> | null {
  return ended?.why === 'alert' ? withoutTlsHere(opening, ended.detail, null, 'validation-failure') : null;
}

function identityOf({ host, policy }: Target): PeerIdentity {
  return { host, altNamesOnly: policy.rule.startsWith('mta-sts'), dane: policy.dane };
}

function takesAnyCertificate({ tls }: Target): boolean {
  return tls === 'opportunistic' || tls === 'encrypted';
}

/** TLS cannot be had: in the clear if the policy says so, else not here. */
function withoutTlsHere(
  opening: Opening,
  detail: string,
  answer: Answer | null = null,
  code: TlsFailureCode = 'starttls-not-supported',
): Exclude<OpenResult, { kind: 'open' }> {
  const cause = causeOf(opening.target);
  const fault = deferredBy('starttls', cause, explained({ code, detail }, opening.target), true);
  const verdict = answer?.kind === 'reply' ? { ...fault, reply: unopened('starttls', answer).reply } : fault;
  return opening.target.tls === 'opportunistic'
    ? { kind: 'plaintext', verdict, why: { code, detail } }
    : failed(verdict, opening.target.tls !== 'implicit');
}

function untrusted({ target }: Opening, why: TlsFailure): Step<never> {
  return failed(deferredBy('starttls', causeOf(target), explained(why, target), true), target.tls !== 'implicit');
}

/** The reason together with whose demand it is that was not met. */
function explained({ code, detail }: TlsFailure, { policy }: Target): TlsFailure {
  const demand = demands[policy.rule];
  return { code, detail: demand === undefined ? detail : `${detail} ${demand}` };
}

/** A smarthost that cannot be trusted with the login is the operator's matter, an MX of the recipient is not. */
function causeOf(target: Target): 'route' | 'host' {
  return target.credentials === null ? 'host' : 'route';
}

function asked(wire: Wire, command: string, withinMs: number): Promise<Answer> {
  wire.send(commandLine(command), 1);
  return wire.read(withinMs);
}

function done<Value>(value: Value): { readonly kind: 'done'; readonly value: Value } {
  return { kind: 'done', value };
}

function failed(verdict: Verdict, greeted = true): { kind: 'failed'; verdict: Verdict; greeted: boolean } {
  return { kind: 'failed', verdict, greeted };
}
