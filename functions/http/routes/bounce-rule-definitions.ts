import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';

const security = [{ apiKey: [] }];
const always = ['unauthorized', 'rate_limited', 'internal_error', 'unavailable', 'validation_error'] as const;
const params = lazily(() => z.object({ id: z.string().meta({ examples: ['enhanced-1-1'] }) }));

const ruleSchema = lazily(() =>
  z
    .object({
      object: z.literal('bounce_rule'),
      id: z.string().meta({ description: 'As in the rule of a bounce.', examples: ['enhanced-1-1'] }),
      group: z.string().meta({
        description: 'Groups and rules stand in the order in which they are asked.',
        examples: ['Firm enhanced codes'],
      }),
      category: z.string().meta({ examples: ['invalid_recipient'] }),
      suppress: z.boolean().meta({ description: 'Whether a permanent refusal by it suppresses the address.' }),
      conditions: z.array(z.string()).meta({
        description: 'All have to hold; none for a rule that always does. A text is a regular expression.',
        examples: [['enhanced code: X.1.1']],
      }),
      source: z
        .string()
        .meta({ description: 'What it follows from.', examples: ['RFC 3463, IANA SMTP Enhanced Status Codes'] }),
    })
    .meta({ id: 'BounceRule' }),
);

export const listBounceRulesRoute = createRoute({
  operationId: 'listBounceRules',
  tags: ['Bounce rules'],
  method: 'get',
  path: '/v1/bounce_rules',
  summary: 'Every rule that names the reason of a refusal',
  description: described('The first that holds decides. Any key may read them; they change with the version only.'),
  security,
  responses: described(() => ({
    200: {
      description: 'All of them.',
      content: {
        'application/json': {
          schema: z.object({ object: z.literal('list'), data: z.array(ruleSchema()) }).meta({ id: 'BounceRuleList' }),
        },
      },
    },
    ...problemResponses(...always, 'insufficient_scope', 'method_not_allowed'),
  })),
});

export const findBounceRuleRoute = createRoute({
  operationId: 'getBounceRule',
  tags: ['Bounce rules'],
  method: 'get',
  path: '/v1/bounce_rules/{id}',
  summary: 'The rule that a bounce names',
  security,
  request: () => ({ params: params() }),
  responses: described(() => ({
    200: { description: 'The rule.', content: { 'application/json': { schema: ruleSchema() } } },
    ...problemResponses(...always, 'insufficient_scope', 'not_found', 'method_not_allowed'),
  })),
});
