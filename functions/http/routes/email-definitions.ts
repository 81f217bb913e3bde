import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { acceptedSchema, emailSchema } from '../emails/email-schema.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';
import { sendSchema } from '../sending/send-schema.ts';
import { answerHeaders, idempotencyKeyParameter, preferParameter, sendingProblems } from './sending-headers.ts';

const security = [{ apiKey: [] }];
const idParameter = lazily(() =>
  z.object({
    id: z.string().meta({ description: 'Id of the email.', examples: ['em_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
  }),
);

export const sendRoute = createRoute({
  method: 'post',
  path: '/v1/emails',
  operationId: 'sendEmail',
  tags: ['Emails'],
  summary: 'Send an email',
  description: described(
    'Answers 202 when every delivery is durable. With an Idempotency-Key the answer is kept for 24 hours and sent again to the same request.',
  ),
  security,
  parameters: [idempotencyKeyParameter, preferParameter],
  request: () => ({ body: { required: true, content: { 'application/json': { schema: sendSchema() } } } }),
  responses: described(() => ({
    202: {
      description: 'Accepted: every recipient will reach a final status.',
      headers: answerHeaders,
      content: { 'application/json': { schema: acceptedSchema() } },
    },
    ...problemResponses(...sendingProblems),
  })),
});

export const findRoute = createRoute({
  method: 'get',
  path: '/v1/emails/{id}',
  operationId: 'getEmail',
  tags: ['Emails'],
  summary: 'What became of an email, recipient by recipient',
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'The email as it stands.', content: { 'application/json': { schema: emailSchema() } } },
    ...problemResponses(
      'unauthorized',
      'insufficient_scope',
      'not_found',
      'rate_limited',
      'internal_error',
      'unavailable',
      'method_not_allowed',
      'validation_error',
    ),
  })),
});

export const cancelRoute = createRoute({
  method: 'post',
  path: '/v1/emails/{id}/cancel',
  operationId: 'cancelEmail',
  tags: ['Emails'],
  summary: 'Cancel whatever of an email still waits',
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: {
      description: 'Canceled; what was already sent stays sent.',
      content: { 'application/json': { schema: emailSchema() } },
    },
    ...problemResponses(
      'unauthorized',
      'insufficient_scope',
      'not_found',
      'not_cancelable',
      'rate_limited',
      'internal_error',
      'unavailable',
      'validation_error',
    ),
  })),
});
