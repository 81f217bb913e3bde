import type { Attempt, Bounce } from '../email.ts';
import type { Phase } from '../outcome.ts';

/** What the far side answered, in the form of KumoMTA's log. `code` is 0 where nobody answered: then `content` are our own words. */
export type PeerResponse = {
  readonly code: number;
  readonly enhanced_code: { readonly class: number; readonly subject: number; readonly detail: number } | null;
  readonly content: string;
  readonly command: string | null;
};

/** The command that a reply in a phase is the answer to. */
const commands: Readonly<Record<Phase, string | null>> = {
  dns: null,
  connect: null,
  greeting: null,
  ehlo: 'EHLO',
  starttls: 'STARTTLS',
  auth: 'AUTH',
  mail: 'MAIL FROM',
  rcpt: 'RCPT TO',
  data: 'DATA',
  body: 'BDAT',
  dot: '.',
};

/** The response of an attempt, of a report that says what was answered elsewhere, or of nobody. Pure. */
export function peerResponse(attempt: Attempt | null, bounce: Bounce | null): PeerResponse {
  const { reply, error, phase } = attempt ?? {};
  if (reply !== undefined && reply !== null && phase !== undefined) {
    const { code, enhancedCode, text } = reply;
    return answered(code, enhancedCode, text, commands[phase]);
  }
  const words = error?.detail ?? bounce?.diagnostic ?? '';
  return attempt === null && bounce !== null
    ? answered(bounce.smtpCode ?? 0, bounce.enhancedCode, words, null)
    : answered(0, null, words, null);
}

function answered(code: number, enhancedCode: string | null, text: string, command: string | null): PeerResponse {
  const [digit, subject, detail] = enhancedCode?.split('.').map(Number) ?? [];
  const known = digit !== undefined && subject !== undefined && detail !== undefined;
  return {
    code,
    enhanced_code: known ? { class: digit, subject, detail } : null,
    content: without(enhancedCode, without(code, text)),
    command,
  };
}

function without(word: number | string | null, text: string): string {
  return word !== null && text.startsWith(`${word} `) ? text.slice(`${word} `.length) : text;
}
