import type { Outcome, Phase, Reply } from '../core/outcome.ts';

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

/** Nothing heard, nothing said: what every verdict starts from. */
export const blankVerdict = { reply: null, error: null, cause: 'host', source: 'smtp', tryNextHost: false } as const;

/** Ours to decide: something about the route or the time, never about the message. */
export function deferredBy(phase: Phase, cause: Verdict['cause'], error: Fault, tryNextHost: boolean): Verdict {
  return { ...blankVerdict, kind: 'deferred', phase, cause, error, tryNextHost };
}

/** A rule of our own, in the words a server would use. */
export function bouncedBy(
  phase: Phase,
  rule: { readonly code: number; readonly enhancedCode: string } & { readonly error: Fault },
): Verdict {
  const reply = { code: rule.code, enhancedCode: rule.enhancedCode, text: rule.error.detail };
  return { ...blankVerdict, kind: 'bounced', source: 'local', phase, reply, error: rule.error };
}
