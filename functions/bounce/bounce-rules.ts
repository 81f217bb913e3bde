import type { Category } from '../core/returned/returned-mail.ts';
import { ruleGroups, suppressing } from './decide.ts';
import { mailRules } from './mail-rules.ts';
import type { Rule } from './rule.ts';

/** A rule as people look it up by the id that a verdict cites. */
export type BounceRule = {
  readonly id: string;
  readonly group: string;
  readonly category: Category;
  /** Whether a permanent refusal by this rule suppresses the address. */
  readonly suppress: boolean;
  /** Every condition that has to hold, one sentence each; none for the rule that always holds. */
  readonly conditions: readonly string[];
  readonly source: string;
};

/** What ends recipients before any attempt (core/suppression/suppressed-recipient.ts). */
const suppressionList: BounceRule = {
  id: 'suppression-list',
  group: 'Without an attempt',
  category: 'suppressed',
  suppress: false,
  conditions: ['the address is on the suppression list of the project'],
  source: '`on_suppressed`',
};

/** Every rule in the order of decision, those about whole mails and the suppression list last. Pure. */
export function bounceRules(): BounceRule[] {
  return [
    ...ruleGroups.flatMap(({ title, rules }) => rules.map((rule) => described(title, rule))),
    ...Object.values(mailRules).map(({ condition, ...rule }) => ({
      ...rule,
      group: 'Feedback and automatic answers',
      conditions: [condition],
    })),
    suppressionList,
  ];
}

function described(group: string, rule: Rule): BounceRule {
  const { reply, phases, codes, enhanced, subjects, errors, hosts, reported, pattern } = rule.when;
  const suppress = suppressing(rule.category, 'permanent');
  const conditions = [
    reply === undefined ? null : `reply: ${reply.join(', ')}`,
    phases === undefined ? null : `phase: ${phases.join(', ')}`,
    phases === undefined && suppress ? 'phase: not greeting, ehlo or mail' : null,
    codes === undefined ? null : `code: ${codes.join(', ')}`,
    enhanced === undefined
      ? null
      : `enhanced code: ${enhanced.map((code) => (code === '' ? 'none' : `X.${code}`)).join(', ')}`,
    subjects === undefined
      ? null
      : `enhanced code: ${subjects.map((subject) => `X.${subject} and any detail`).join(', ')}`,
    errors === undefined ? null : `our error: ${errors.join(', ')}`,
    hosts === undefined ? null : `server or recipient: ${hosts.join(', ')}`,
    reported === undefined ? null : reported ? 'in a report only' : 'not in a report',
    pattern === undefined ? null : `text: ${pattern.source}`,
  ];
  return {
    id: rule.id,
    group,
    category: rule.category,
    suppress,
    conditions: conditions.filter((condition) => condition !== null),
    source: rule.source,
  };
}
