import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { problemResponses } from '../problem-schema.ts';
import { requestLimits } from '../request-limits.ts';
import { suppressionSchema, suppressManySchema } from '../suppressions/suppression-schema.ts';

export const suppressManyRoute = createRoute({
  operationId: 'suppressMany',
  tags: ['Suppressions'],
  method: 'post',
  path: '/v1/suppressions/batch',
  summary: 'Stop mailing many addresses',
  description: `Up to ${requestLimits.suppressionsPerRequest} at a time, all or none: when one is refused, nothing is added.`,
  security: [{ apiKey: [] }],
  request: () => ({ body: { required: true, content: { 'application/json': { schema: suppressManySchema() } } } }),
  responses: described(() => ({
    200: {
      description: 'What now stands, one entry for each that was sent, in the same order.',
      content: {
        'application/json': {
          schema: z
            .object({
              object: z.literal('list'),
              data: z.array(
                suppressionSchema().extend({
                  index: z.int().meta({ examples: [0] }),
                  added: z.boolean().meta({ description: 'false when the address was there already.' }),
                }),
              ),
            })
            .meta({ id: 'SuppressedMany' }),
        },
      },
    },
    ...problemResponses(
      'invalid_json',
      'body_incomplete',
      'unauthorized',
      'insufficient_scope',
      'body_too_large',
      'unsupported_media_type',
      'validation_error',
      'rate_limited',
      'internal_error',
      'unavailable',
    ),
  })),
});
