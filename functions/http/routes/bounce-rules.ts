import type { BounceRule } from '../../bounce/bounce-rules.ts';
import type { ApiRouter } from '../api-router.ts';
import { lazily } from '../lazily.ts';
import { problem } from '../problem.ts';
import { findBounceRuleRoute, listBounceRulesRoute } from './bounce-rule-definitions.ts';

/** `/v1/bounce_rules`: what the `rule` of a bounce means. Any key may read it. */
export function addBounceRuleRoutes(app: ApiRouter): void {
  // Most functions are never asked.
  const rules = lazily(async () => (await import('../../bounce/bounce-rules.ts')).bounceRules().map(viewOf));

  app.openapi(listBounceRulesRoute, async (c) => c.json({ object: 'list' as const, data: await rules() }, 200));

  app.openapi(findBounceRuleRoute, async (c) => {
    const { id } = c.req.valid('param');
    const found = (await rules()).find((rule) => rule.id === id);
    return found === undefined ? problem(c, 'not_found', 'There is no such rule.') : c.json(found, 200);
  });
}

function viewOf({ id, group, category, suppress, conditions, source }: BounceRule) {
  return { object: 'bounce_rule' as const, id, group, category, suppress, conditions: [...conditions], source };
}
