import type { Evidence } from '../core/outcome.ts';
import type { Verdict } from '../core/ports/classify.ts';
import { askedDelayMs, decidingRule, suppressing } from './decide.ts';
import { replyKind } from './rule.ts';
import { wordsOf } from './words.ts';

/** Names the reason behind an attempt's end by the first rule that holds. See `Classify`; pure and total. */
export function classify({ phase, reply, error, host }: Evidence): Verdict {
  const kind = replyKind(reply);
  const rule = decidingRule({
    kind,
    code: reply?.code ?? null,
    enhanced: subjectAndDetail(reply?.enhancedCode),
    text: wordsOf(reply?.text ?? ''),
    phase,
    error: error?.code ?? null,
    hosts: host === null ? [] : [host.toLowerCase()],
    reported: false,
  });
  return {
    category: rule.category,
    rule: rule.id,
    suppress: suppressing(rule.category, kind),
    retryAfterMs: reply === null ? null : askedDelayMs(rule, reply.text),
  };
}

function subjectAndDetail(enhancedCode: string | null | undefined): string {
  return enhancedCode?.slice(enhancedCode.indexOf('.') + 1) ?? '';
}
