import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { emailSchema } from '../emails/email-schema.ts';
import { eventListSchema } from '../emails/event-schema.ts';
import { lazily } from '../lazily.ts';
import { listQuerySchema, listSchema } from '../list-schema.ts';
import { problemResponses } from '../problem-schema.ts';
import { strictObject } from '../reading/strict-object.ts';

const security = [{ apiKey: [] }];
const idParameter = lazily(() =>
  z.object({
    id: z.string().meta({ examples: ['em_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
  }),
);

const rescheduleSchema = lazily(() =>
  strictObject({
    scheduled_at: z.iso
      .datetime({ offset: true })
      .nullable()
      .meta({ description: 'At most 30 days ahead; null, or a time that has passed, means now.' }),
  }).meta({ id: 'Reschedule', examples: [{ scheduled_at: '2030-01-31T09:30:00.000Z' }] }),
);

export const listRoute = createRoute({
  operationId: 'listEmails',
  tags: ['Emails'],
  method: 'get',
  path: '/v1/emails',
  summary: 'List emails, the newest first',
  description: described(
    'Filters are joined by "and". A page may be short and has_more true: so many emails are looked at for each.',
  ),
  security,
  request: () => ({ query: listQuerySchema() }),
  responses: described(() => ({
    200: { description: 'A page.', content: { 'application/json': { schema: listSchema() } } },
    ...problemResponses(
      'invalid_cursor',
      'unauthorized',
      'insufficient_scope',
      'validation_error',
      'rate_limited',
      'internal_error',
      'unavailable',
    ),
  })),
});

export const eventsRoute = createRoute({
  operationId: 'listEmailEvents',
  tags: ['Emails'],
  method: 'get',
  path: '/v1/emails/{id}/events',
  summary: 'What happened to an email, in order',
  description: described('An event that is there once keeps its id and its time.'),
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'All events so far.', content: { 'application/json': { schema: eventListSchema() } } },
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

export const contentRoute = createRoute({
  operationId: 'getRawEmail',
  tags: ['Emails'],
  method: 'get',
  path: '/v1/emails/{id}/raw',
  summary: 'The message as stored',
  description: described(
    'The bytes of every attempt, before signatures. Kept for as long as POSTERN_RETAIN_CONTENT says.',
  ),
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: {
      description: 'The message.',
      content: {
        'message/rfc822': {
          schema: {
            type: 'string',
            format: 'binary',
            examples: ['From: Shop <orders@example.com>\r\nTo: ada@example.net\r\nSubject: Hello\r\n\r\nIt works.\r\n'],
          },
        },
      },
    },
    ...problemResponses(
      'unauthorized',
      'insufficient_scope',
      'not_found',
      'content_expired',
      'rate_limited',
      'internal_error',
      'unavailable',
      'validation_error',
    ),
  })),
});

export const rescheduleRoute = createRoute({
  operationId: 'rescheduleEmail',
  tags: ['Emails'],
  method: 'patch',
  path: '/v1/emails/{id}',
  summary: 'Move an email that waits for its time',
  description: described(
    'Possible while every recipient is scheduled. An expires_at that was given stays, and has to come after; one that was not moves along.',
  ),
  security,
  request: () => ({
    params: idParameter(),
    body: { required: true, content: { 'application/json': { schema: rescheduleSchema() } } },
  }),
  responses: described(() => ({
    200: { description: 'Moved.', content: { 'application/json': { schema: emailSchema() } } },
    ...problemResponses(
      'invalid_json',
      'body_incomplete',
      'unauthorized',
      'insufficient_scope',
      'not_found',
      'not_reschedulable',
      'body_too_large',
      'unsupported_media_type',
      'validation_error',
      'rate_limited',
      'internal_error',
      'unavailable',
      'method_not_allowed',
    ),
  })),
});
