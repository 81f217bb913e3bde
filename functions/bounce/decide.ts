import { limits } from '../core/limits.ts';
import type { Category } from '../core/returned/returned-mail.ts';
import { basicRules } from './basic-rules.ts';
import { firmCodeRules, otherCodeRules } from './enhanced-code-rules.ts';
import { localRules } from './local-rules.ts';
import { mailFilterRules } from './mail-filter-rules.ts';
import { messageTextRules } from './message-text-rules.ts';
import { microsoftRules } from './microsoft-rules.ts';
import { providerRules } from './provider-rules.ts';
import { recipientLanguageRules } from './recipient-language-rules.ts';
import { recipientTextRules } from './recipient-text-rules.ts';
import { regionalProviderRules } from './regional-provider-rules.ts';
import { reportRules } from './report-rules.ts';
import { holds, type Refusal, type Rule } from './rule.ts';
import { senderTextRules } from './sender-text-rules.ts';
import { statedDelayMs } from './stated-delay.ts';
import { throttlingCodeRules, throttlingRules } from './throttling-rules.ts';
import { transportTextRules } from './transport-text-rules.ts';

const minute = 60_000;
/** A stated delay only tunes ours: nobody makes us hurry, nor wait for days. */
const leastStatedMs = minute;
const mostStatedMs = 60 * minute;

/** What holds for everything. */
const last: Rule = { id: 'unclassified', when: {}, category: 'unknown', source: 'no rule holds' };

/**
 * Every rule, in the order of decision. Servers put the same code on everything that they refuse (5.1.1, 5.7.1), so words about the
 * sender, its server or the message come before the enhanced code; words about the mailbox, which a code of its own states more
 * firmly, after it. The last rule holds for everything.
 */
export const ruleGroups: readonly { readonly title: string; readonly rules: readonly Rule[] }[] = [
  { title: 'Our own errors, and the phase', rules: localRules },
  { title: 'Microsoft', rules: microsoftRules },
  { title: 'Other providers', rules: [...providerRules, ...regionalProviderRules] },
  { title: 'Mail filters', rules: mailFilterRules },
  { title: 'Words of reporting servers', rules: reportRules },
  { title: 'Requests for time', rules: throttlingRules },
  { title: 'Words about the sender', rules: senderTextRules },
  { title: 'Words about the message', rules: messageTextRules },
  { title: 'Codes that ask for time', rules: throttlingCodeRules },
  { title: 'Firm enhanced codes', rules: firmCodeRules },
  { title: 'Words about the mailbox', rules: [...recipientTextRules, ...recipientLanguageRules] },
  { title: 'Words about the way', rules: transportTextRules },
  { title: 'Other enhanced codes', rules: otherCodeRules },
  { title: 'Basic codes', rules: [...basicRules, last] },
];

const allRules = ruleGroups.flatMap(({ rules }) => rules);
/** Whether an end for this reason means that the address should be mailed no more; a temporary refusal never does. */
export function suppressing(category: Category, kind: Refusal['kind']): boolean {
  switch (category) {
    case 'invalid_recipient':
    case 'inactive_mailbox':
    case 'invalid_domain':
      return kind !== 'temporary' && kind !== 'positive';
    case 'complaint':
      return true;
    case 'mailbox_full':
    case 'too_large':
    case 'spam':
    case 'content':
    case 'reputation':
    case 'authentication':
    case 'policy':
    case 'rate_limited':
    case 'greylisted':
    case 'system':
    case 'network':
    case 'protocol':
    case 'expired':
    case 'auto_reply':
    case 'delivered':
    case 'suppressed':
    case 'unknown':
      return false;
  }
}

/** The first rule that holds; before RCPT, where no recipient has been named yet, none that suppresses. Pure and total. */
export function decidingRule(refusal: Refusal): Rule {
  const { phase } = refusal;
  const early = phase === 'greeting' || phase === 'ehlo' || phase === 'mail';
  return allRules.find((rule) => !(early && suppressing(rule.category, 'permanent')) && holds(rule, refusal)) ?? last;
}

/** How long a refusal asks us to wait, within bounds: `null` leaves it to the schedule. `text` is the reply's, as it was given. */
export function askedDelayMs(rule: Rule, text: string): number | null {
  if (rule.asks === undefined) return null;
  const stated = statedDelayMs(text);
  const leastMs = rule.asks === 'greylist_delay' ? limits.greylistDelayMs : leastStatedMs;
  if (stated === null) return rule.asks === 'greylist_delay' ? leastMs : null;
  return Math.min(Math.max(stated, leastMs), mostStatedMs);
}
