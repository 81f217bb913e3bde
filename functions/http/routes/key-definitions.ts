import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { createdKeySchema, keyRequestSchema, keySchema } from '../keys/key-schema.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';

const security = [{ apiKey: [] }];
const example = {
  id: 'key_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs',
  object: 'api_key' as const,
  name: 'Shop backend',
  project: 'default',
  scopes: ['emails:send' as const, 'emails:read' as const],
  mode: 'live' as const,
  sender_domains: ['example.com'],
  recipients: null,
  rate_limit: { limit: 6_000, window_seconds: 60 },
  created_at: '2030-01-31T09:30:00.000Z',
};
const idParameter = lazily(() =>
  z.object({
    id: z.string().meta({ examples: [example.id] }),
  }),
);

export const createKeyRoute = createRoute({
  operationId: 'createKey',
  tags: ['API keys'],
  method: 'post',
  path: '/v1/api_keys',
  summary: 'Make an API key',
  description: described(
    'The answer is the only one that holds the key. It can never do more than the key that makes it. An Idempotency-Key has no effect here, for the answer is not kept.',
  ),
  security,
  request: () => ({ body: { required: true, content: { 'application/json': { schema: keyRequestSchema() } } } }),
  responses: described(() => ({
    201: {
      description: 'Made; it works at once.',
      content: {
        'application/json': {
          schema: createdKeySchema(),
          examples: {
            example: {
              value: {
                ...example,
                key: 'pk_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs_0123456789abcdef0123456789abcdef01234567',
              },
            },
          },
        },
      },
    },
    ...problemResponses(
      'invalid_json',
      'body_incomplete',
      'unauthorized',
      'insufficient_scope',
      'too_many_keys',
      'body_too_large',
      'unsupported_media_type',
      'validation_error',
      'rate_limited',
      'internal_error',
      'unavailable',
    ),
  })),
});

export const listKeysRoute = createRoute({
  operationId: 'listKeys',
  tags: ['API keys'],
  method: 'get',
  path: '/v1/api_keys',
  summary: 'The API keys of the project, the newest first',
  security,
  responses: described(() => ({
    200: {
      description: 'All of them, without the keys themselves.',
      content: {
        'application/json': {
          schema: z
            .object({ object: z.literal('list'), data: z.array(keySchema()), has_more: z.literal(false) })
            .meta({ id: 'ApiKeyList', examples: [{ object: 'list', data: [example], has_more: false }] }),
        },
      },
    },
    ...problemResponses(
      'unauthorized',
      'insufficient_scope',
      'rate_limited',
      'internal_error',
      'unavailable',
      'validation_error',
    ),
  })),
});

export const findKeyRoute = createRoute({
  operationId: 'getKey',
  tags: ['API keys'],
  method: 'get',
  path: '/v1/api_keys/{id}',
  summary: 'One API key, without the key itself',
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: {
      description: 'The key as it was made.',
      content: { 'application/json': { schema: keySchema(), examples: { example: { value: example } } } },
    },
    ...problemResponses(
      'unauthorized',
      'insufficient_scope',
      'not_found',
      'rate_limited',
      'internal_error',
      'unavailable',
      'validation_error',
    ),
  })),
});

export const revokeKeyRoute = createRoute({
  operationId: 'revokeKey',
  tags: ['API keys'],
  method: 'delete',
  path: '/v1/api_keys/{id}',
  summary: 'Revoke an API key for good',
  description: described('Keys that it has made stay. What it has sent stays sent, and what it has accepted is sent.'),
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: {
      description: 'Revoked: it no longer works.',
      content: {
        'application/json': {
          schema: z
            .object({ id: z.string(), object: z.literal('api_key'), deleted: z.literal(true) })
            .meta({ id: 'RevokedApiKey', examples: [{ id: example.id, object: 'api_key', deleted: true }] }),
        },
      },
    },
    ...problemResponses(
      'unauthorized',
      'insufficient_scope',
      'not_found',
      'key_not_revocable',
      'rate_limited',
      'internal_error',
      'unavailable',
      'validation_error',
    ),
  })),
});
