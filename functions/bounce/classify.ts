import { limits } from '../core/limits.ts';
import type { Evidence } from '../core/outcome.ts';
import type { Verdict } from '../core/ports/classify.ts';
import { basicRules } from './basic-rules.ts';
import { enhancedCodeRules } from './enhanced-code-rules.ts';
import { localRules } from './local-rules.ts';
import { replyKind, type Rule } from './rule.ts';
import { statedDelayMs } from './stated-delay.ts';
import { throttlingRules } from './throttling-rules.ts';

const minute = 60_000;
/** A stated delay only tunes ours: nobody makes us hurry, nor wait for days. */
const leastStatedMs = minute;
const mostStatedMs = 60 * minute;

/**
 * Every rule, in the order of decision: our own errors and the phase, requests for time, the enhanced code, plain words, the
 * basic code. The last one holds for everything.
 */
export const replyRules: readonly Rule[] = [...localRules, ...throttlingRules, ...enhancedCodeRules, ...basicRules];

/** Names the reason behind an attempt's end by the first rule that holds. See `Classify`; pure and total. */
export function classify(evidence: Evidence): Verdict {
  const rule = replyRules.find((candidate) => holds(candidate, evidence));
  if (rule === undefined) return { category: 'unknown', rule: 'unclassified', retryAfterMs: null };
  return { category: rule.category, rule: rule.id, retryAfterMs: askedDelayMs(rule, evidence) };
}

function holds({ when }: Rule, { phase, reply, error }: Evidence): boolean {
  if (when.reply !== undefined && !when.reply.includes(replyKind(reply))) return false;
  if (when.phases !== undefined && !when.phases.includes(phase)) return false;
  if (when.codes !== undefined && !(reply !== null && when.codes.includes(reply.code))) return false;
  if (when.enhanced !== undefined && !when.enhanced.includes(subjectAndDetail(reply?.enhancedCode))) return false;
  if (when.errors !== undefined && !(error !== null && when.errors.includes(error.code))) return false;
  return when.pattern === undefined || (reply !== null && when.pattern.test(reply.text));
}

function subjectAndDetail(enhancedCode: string | null | undefined): string {
  return enhancedCode?.slice(enhancedCode.indexOf('.') + 1) ?? '';
}

function askedDelayMs(rule: Rule, { reply }: Evidence): number | null {
  if (rule.asks === undefined || reply === null) return null;
  const stated = statedDelayMs(reply.text);
  const leastMs = rule.asks === 'greylist_delay' ? limits.greylistDelayMs : leastStatedMs;
  if (stated === null) return rule.asks === 'greylist_delay' ? leastMs : null;
  return Math.min(Math.max(stated, leastMs), mostStatedMs);
}
