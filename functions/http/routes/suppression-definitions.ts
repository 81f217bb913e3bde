import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';
import { requestLimits } from '../request-limits.ts';
import { strictObject } from '../reading/strict-object.ts';
import { suppressionSchema, suppressSchema } from '../suppressions/suppression-schema.ts';

const security = [{ apiKey: [] }];
const always = ['unauthorized', 'insufficient_scope', 'rate_limited', 'internal_error', 'unavailable'] as const;
const ofBody = [...always, 'invalid_json', 'body_incomplete', 'body_too_large', 'unsupported_media_type'] as const;
const emailParameter = lazily(() =>
  z.object({
    email: z.string().meta({
      examples: ['ada@example.com'],
      description:
        'Percent-encoded. Any spelling of the address will do: its case, +tag and form of the domain do not matter.',
    }),
  }),
);

const query = lazily(() =>
  strictObject({
    limit: z.coerce
      .number<string>()
      .int()
      .min(1)
      .max(requestLimits.listed)
      .default(requestLimits.listedByDefault)
      .meta({ description: 'How many to answer at most.' }),
    after: z.string().optional().meta({ description: 'The next_cursor of the page before.' }),
  }),
);

export const listSuppressionsRoute = createRoute({
  operationId: 'listSuppressions',
  tags: ['Suppressions'],
  method: 'get',
  path: '/v1/suppressions',
  summary: 'Addresses that are no longer mailed, page by page',
  security,
  request: () => ({ query: query() }),
  responses: described(() => ({
    200: {
      description: 'A page, in the order of the addresses.',
      content: {
        'application/json': {
          schema: z
            .object({
              object: z.literal('list'),
              data: z.array(suppressionSchema()),
              has_more: z.boolean(),
              next_cursor: z.string().nullable().meta({ description: 'For after; null on the last page.' }),
            })
            .meta({ id: 'SuppressionList' }),
        },
      },
    },
    ...problemResponses(...always, 'invalid_cursor', 'validation_error'),
  })),
});

export const suppressRoute = createRoute({
  operationId: 'suppress',
  tags: ['Suppressions'],
  method: 'post',
  path: '/v1/suppressions',
  summary: 'Stop mailing an address',
  description: described(
    'An address that is there already keeps its entry: the answer is 200 with what stands. Emails that were accepted before are held to it at their next attempt.',
  ),
  security,
  request: () => ({ body: { required: true, content: { 'application/json': { schema: suppressSchema() } } } }),
  responses: described(() => ({
    201: { description: 'Added.', content: { 'application/json': { schema: suppressionSchema() } } },
    200: {
      description: 'It was there; this is its entry.',
      content: { 'application/json': { schema: suppressionSchema() } },
    },
    ...problemResponses(...ofBody, 'validation_error'),
  })),
});

export const findSuppressionRoute = createRoute({
  operationId: 'getSuppression',
  tags: ['Suppressions'],
  method: 'get',
  path: '/v1/suppressions/{email}',
  summary: 'Whether and why an address is no longer mailed',
  security,
  request: () => ({ params: emailParameter() }),
  responses: described(() => ({
    200: { description: 'It is not mailed.', content: { 'application/json': { schema: suppressionSchema() } } },
    ...problemResponses(...always, 'not_found', 'method_not_allowed', 'validation_error'),
  })),
});

export const unsuppressRoute = createRoute({
  operationId: 'unsuppress',
  tags: ['Suppressions'],
  method: 'delete',
  path: '/v1/suppressions/{email}',
  summary: 'Mail an address again',
  security,
  request: () => ({ params: emailParameter() }),
  responses: described(() => ({
    200: {
      description: 'The address may be mailed again.',
      content: {
        'application/json': {
          schema: z
            .object({
              object: z.literal('suppression'),
              email: z.string().meta({ examples: ['ada@example.com'] }),
              deleted: z.literal(true),
            })
            .meta({ id: 'DeletedSuppression' }),
        },
      },
    },
    ...problemResponses(...always, 'not_found', 'method_not_allowed', 'validation_error'),
  })),
});
