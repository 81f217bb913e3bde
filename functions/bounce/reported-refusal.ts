import type { Phase } from '../core/outcome.ts';
import type { ReportedAction } from '../core/returned/returned-mail.ts';
import { decidingRule } from './decide.ts';
import { replyKind, type Refusal, type ReplyKind, type Rule } from './rule.ts';
import { wordsOf } from './words.ts';

const basicCode = /(?:^|[\s:;>"'([#-])([245][0-57]\d)(?=[\s:;,)\]'"<-]|$)/;
const enhancedCodes = /(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)/g;

/** What a report says about one recipient, as far as it decides: texts in the order of their worth, the most exact first. */
export type ReportedRefusal = {
  readonly action: ReportedAction;
  /** As the report states it; empty when it does not. */
  readonly status: string;
  readonly texts: readonly string[];
  /** Where the phase may be named. */
  readonly context: string;
  readonly hosts: readonly string[];
};

/** The rule that decides and what it decided on: the first text that tells more than that something went wrong. Pure and total. */
export function decideReported(reported: ReportedRefusal): { rule: Rule; refusal: Refusal; status: string | null } {
  const phase = phaseIn(reported.context);
  const texts = reported.texts.flatMap((text) => [...replyIn(text), text]);
  const [best = '', ...others] = texts;
  const decide = (text: string) => {
    const status = statusOf(text, reported.status);
    const refusal = refusalOf(text, status, phase, reported);
    return { rule: decidingRule(refusal), refusal, status };
  };
  const first = decide(best);
  return [first, ...others.map(decide)].find(isTelling) ?? first;
}

function isTelling({ rule }: { readonly rule: Rule }): boolean {
  return rule.category !== 'unknown' && rule.id !== 'report-temporary';
}

function refusalOf(text: string, status: string | null, phase: Phase | null, reported: ReportedRefusal): Refusal {
  const code = basicCode.exec(text.slice(0, 2_000))?.[1];
  return {
    kind: kindOf(code === undefined ? null : Number(code), status, reported.action),
    code: code === undefined ? null : Number(code),
    enhanced: status?.slice(2) ?? '',
    text: wordsOf(text),
    phase,
    error: null,
    hosts: reported.hosts,
    reported: true,
  };
}

// A reply begins with its code; what stands before it are the words of the reporting server about hosts and commands.
function replyIn(text: string): string[] {
  const found = basicCode.exec(text.slice(0, 2_000));
  const reply = found === null ? '' : text.slice(found.index).replace(/^[\s:;>"'([#-]/, '');
  return /[A-Za-z]{3}/.test(reply) ? [reply] : [];
}

// A server that calls the outcome delivered has not refused, whatever else it says.
function kindOf(code: number | null, status: string | null, action: ReportedAction): ReplyKind {
  if (action === 'delivered' || action === 'relayed' || action === 'expanded') return 'positive';
  if (code !== null && code >= 400) return replyKind({ code });
  if (status !== null && !status.startsWith('2')) return status.startsWith('4') ? 'temporary' : 'permanent';
  return action === 'delayed' ? 'temporary' : 'permanent';
}

// The reply's own code is nearer to the fault than the report's, which is often 5.0.0 or made up from the basic code.
function statusOf(text: string, stated: string): string | null {
  const inText = Array.from(text.slice(0, 2_000).matchAll(enhancedCodes), ([code]) => code);
  const inReport = Array.from(stated.slice(0, 200).matchAll(enhancedCodes), ([code]) => code);
  const all = [...inText, ...inReport];
  return all.find((code) => !code.endsWith('.0.0')) ?? all[0] ?? null;
}

const phases: readonly (readonly [Phase, RegExp])[] = [
  [
    'greeting',
    /refused to talk to me|but greeting failed|(?:after|during) initial (?:connection|greeting)|while (?:receiving|reading) the initial/i,
  ],
  [
    'ehlo',
    /(?:in reply to|after|like our|following|progress was|to) (?:sending )?(?:EHLO|HELO)\b|but my name was rejected|\(state 13\)|>>> (?:EHLO|HELO)/,
  ],
  [
    'mail',
    /(?:in reply to|after|like our|following|progress was|to) (?:sending )?MAIL\b|>>> MAIL[^\n]{0,400}\n<<< [45]|does not like sender|but sender was rejected|\[MAIL_FROM\]/i,
  ],
  [
    'rcpt',
    /(?:in reply to|after|like our|following|progress was|for|to) (?:sending )?RCPT\b|>>> RCPT[^\n]{0,400}\n<<< [45]|does not like recipient|rejected recipient|\(state 14\)|\[RCPT_TO\]|SMTP:RCPT\b/i,
  ],
  [
    'dot',
    /(?:in reply to|after|like our) (?:the )?(?:sending )?(?:end of |final )data\b|(?:in reply to|after|for|following) (?:DATA|TEXT|BDAT)\b|>>> (?:DATA|\.)[^\n]{0,400}\n<<< [45]|failed (?:after I sent the message|on DATA command)|\(state 1[578]\)|\(DATA\)|SMTP:DATA\b/i,
  ],
];

/** The phase that a report's words name first; `null` when they name none. Linear time. */
function phaseIn(context: string): Phase | null {
  const text = context.slice(0, 8_192).replace(/\n[ \t]+/g, ' ');
  const named = phases.flatMap(([phase, pattern]) => {
    const at = pattern.exec(text)?.index;
    return at === undefined ? [] : [{ phase, at }];
  });
  return named.toSorted((one, other) => one.at - other.at)[0]?.phase ?? null;
}
