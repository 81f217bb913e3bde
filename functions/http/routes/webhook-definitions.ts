import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';
import { requestLimits } from '../request-limits.ts';
import { strictObject } from '../reading/strict-object.ts';
import { newWebhookSchema, webhookChangeSchema } from '../webhooks/webhook-request-schema.ts';
import { webhookListSchema, webhookSchema, webhookWithSecretSchema } from '../webhooks/webhook-schema.ts';

const security = [{ apiKey: [] }];
const tags = ['Webhooks'] as const;
const idParameter = lazily(() =>
  z.object({
    id: z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
  }),
);
const always = [
  'unauthorized',
  'insufficient_scope',
  'validation_error',
  'rate_limited',
  'internal_error',
  'unavailable',
] as const;
const ofBody = ['invalid_json', 'body_incomplete', 'body_too_large', 'unsupported_media_type'] as const;

const removedWebhookSchema = lazily(() =>
  z
    .object({
      id: z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
      object: z.literal('webhook'),
      deleted: z.literal(true),
    })
    .meta({ id: 'RemovedWebhook' }),
);

const addWebhookRoute = createRoute({
  operationId: 'addWebhook',
  tags,
  method: 'post',
  path: '/v1/webhooks',
  summary: 'Add an endpoint that events are posted to',
  description: described(
    'The answer holds the secret that its requests are signed with (Standard Webhooks). The endpoint is told of what happens from now on.',
  ),
  security,
  request: () => ({ body: { required: true, content: { 'application/json': { schema: newWebhookSchema() } } } }),
  responses: described(() => ({
    201: { description: 'Added.', content: { 'application/json': { schema: webhookWithSecretSchema() } } },
    ...problemResponses(...always, ...ofBody, 'too_many_webhooks'),
  })),
});

const listWebhooksRoute = createRoute({
  operationId: 'listWebhooks',
  tags,
  method: 'get',
  path: '/v1/webhooks',
  summary: 'The endpoints of the project, the oldest first',
  security,
  responses: described(() => ({
    200: { description: 'All of them.', content: { 'application/json': { schema: webhookListSchema() } } },
    ...problemResponses(...always),
  })),
});

const findWebhookRoute = createRoute({
  operationId: 'getWebhook',
  tags,
  method: 'get',
  path: '/v1/webhooks/{id}',
  summary: 'An endpoint and how it fares',
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'The endpoint.', content: { 'application/json': { schema: webhookSchema() } } },
    ...problemResponses(...always, 'not_found'),
  })),
});

const changeWebhookRoute = createRoute({
  operationId: 'changeWebhook',
  tags,
  method: 'patch',
  path: '/v1/webhooks/{id}',
  summary: 'Change, disable or enable an endpoint',
  description: described(
    'What is absent stays; null takes a filter away. What an endpoint is owed when it is disabled ends as failed.',
  ),
  security,
  request: () => ({
    params: idParameter(),
    body: { required: true, content: { 'application/json': { schema: webhookChangeSchema() } } },
  }),
  responses: described(() => ({
    200: { description: 'Changed.', content: { 'application/json': { schema: webhookSchema() } } },
    ...problemResponses(...always, ...ofBody, 'not_found'),
  })),
});

const removeWebhookRoute = createRoute({
  operationId: 'removeWebhook',
  tags,
  method: 'delete',
  path: '/v1/webhooks/{id}',
  summary: 'Remove an endpoint',
  description: described('Nothing is posted to it any more, and what it was owed is forgotten.'),
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'Removed.', content: { 'application/json': { schema: removedWebhookSchema() } } },
    ...problemResponses(...always, 'not_found'),
  })),
});

const rotateSecretRoute = createRoute({
  operationId: 'rotateWebhookSecret',
  tags,
  method: 'post',
  path: '/v1/webhooks/{id}/rotate_secret',
  summary: 'Give an endpoint a new secret',
  description: described(
    'Requests are signed with both secrets until the old one ends, so that the receiver can change over.',
  ),
  security,
  request: () => ({
    params: idParameter(),
    query: strictObject({
      old_secret_seconds: z
        // To Number an empty text is 0, by which the old secret would end at once.
        .preprocess(
          (given) => (typeof given === 'string' && given.trim() === '' ? Number.NaN : given),
          z.coerce
            .number()
            .int()
            .min(0)
            .max(requestLimits.oldSecretSeconds)
            .default(requestLimits.oldSecretSecondsByDefault),
        )
        .meta({ description: 'How long the old secret signs on.' }),
    }),
  }),
  responses: described(() => ({
    200: { description: 'The new secret.', content: { 'application/json': { schema: webhookWithSecretSchema() } } },
    ...problemResponses(...always, 'not_found'),
  })),
});

/** The routes under `/v1/webhooks` that keep endpoints. */
export const webhookRoutes = {
  add: addWebhookRoute,
  list: listWebhooksRoute,
  find: findWebhookRoute,
  change: changeWebhookRoute,
  remove: removeWebhookRoute,
  rotateSecret: rotateSecretRoute,
};
