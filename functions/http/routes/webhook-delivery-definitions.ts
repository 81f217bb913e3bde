import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';
import { requestLimits } from '../request-limits.ts';
import { strictObject } from '../reading/strict-object.ts';
import {
  webhookDeliveryListSchema,
  webhookDeliverySchema,
  webhookReplayedSchema,
  webhookTestSchema,
} from '../webhooks/webhook-delivery-schema.ts';
import { webhookReplaySchema } from '../webhooks/webhook-request-schema.ts';

const security = [{ apiKey: [] }];
const tags = ['Webhooks'] as const;
const id = () => z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] });
const idParameter = lazily(() => z.object({ id: id() }));
const deliveryParameters = lazily(() =>
  z.object({
    id: id(),
    event_id: z.string().meta({ examples: ['evt_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
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

const testWebhookRoute = createRoute({
  operationId: 'testWebhook',
  tags,
  method: 'post',
  path: '/v1/webhooks/{id}/test',
  summary: 'Post a test event to an endpoint now',
  description: described(
    'Answers with the attempt, whatever came of it. A disabled endpoint is tested too; nothing is tried again.',
  ),
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'What came back.', content: { 'application/json': { schema: webhookTestSchema() } } },
    ...problemResponses(...always, 'not_found'),
  })),
});

const listDeliveriesRoute = createRoute({
  operationId: 'listWebhookDeliveries',
  tags,
  method: 'get',
  path: '/v1/webhooks/{id}/deliveries',
  summary: 'Events for an endpoint with every attempt, the newest first',
  security,
  request: () => ({
    params: idParameter(),
    query: strictObject({
      limit: z.coerce
        .number<string>()
        .int()
        .min(1)
        .max(requestLimits.listed)
        .default(requestLimits.listedByDefault)
        .meta({ description: 'How many to answer at most.' }),
      after: z.string().optional().meta({ description: 'The next_cursor of the page before.' }),
      status: z.enum(['pending', 'delivered', 'failed']).optional(),
    }),
  }),
  responses: described(() => ({
    200: { description: 'A page.', content: { 'application/json': { schema: webhookDeliveryListSchema() } } },
    ...problemResponses(...always, 'invalid_cursor', 'not_found'),
  })),
});

const findDeliveryRoute = createRoute({
  operationId: 'getWebhookDelivery',
  tags,
  method: 'get',
  path: '/v1/webhooks/{id}/deliveries/{event_id}',
  summary: 'One event for an endpoint with every attempt',
  security,
  request: () => ({ params: deliveryParameters() }),
  responses: described(() => ({
    200: { description: 'The delivery.', content: { 'application/json': { schema: webhookDeliverySchema() } } },
    ...problemResponses(...always, 'not_found'),
  })),
});

const replayRoute = createRoute({
  operationId: 'replayWebhookDelivery',
  tags,
  method: 'post',
  path: '/v1/webhooks/{id}/deliveries/{event_id}/replay',
  summary: 'Post an event to an endpoint once more',
  description: described('Under the same id, whatever became of it before; it is tried again like a new one.'),
  security,
  request: () => ({ params: deliveryParameters() }),
  responses: described(() => ({
    200: { description: 'It is due now.', content: { 'application/json': { schema: webhookDeliverySchema() } } },
    ...problemResponses(...always, 'not_found', 'webhook_disabled'),
  })),
});

const replayFailedRoute = createRoute({
  operationId: 'replayFailedWebhookDeliveries',
  tags,
  method: 'post',
  path: '/v1/webhooks/{id}/replay',
  summary: 'Post once more what an endpoint has not taken of a span of time',
  description: described(
    'Failed events under the same ids, the oldest 500 of the span; with has_more, ask the same again for the others. What is on its way is left alone, so asking twice sends nothing twice. A span with more than 10,000 failed events is refused: name a shorter one.',
  ),
  security,
  request: () => ({
    params: idParameter(),
    body: { required: true, content: { 'application/json': { schema: webhookReplaySchema() } } },
  }),
  responses: described(() => ({
    200: { description: 'So many are due now.', content: { 'application/json': { schema: webhookReplayedSchema() } } },
    ...problemResponses(...always, ...ofBody, 'not_found', 'webhook_disabled'),
  })),
});

/** The routes under `/v1/webhooks/{id}` for what is sent there. */
export const webhookDeliveryRoutes = {
  test: testWebhookRoute,
  list: listDeliveriesRoute,
  find: findDeliveryRoute,
  replay: replayRoute,
  replayFailed: replayFailedRoute,
};
