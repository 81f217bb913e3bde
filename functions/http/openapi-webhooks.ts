import { eventSchema, exampleEvent } from './event-schema.ts';
import type { JsonSchema, SchemaWriter } from './openapi-schemas.ts';

/** The `webhooks` of the document: what is posted to a receiver, in the form that events have everywhere (Standard Webhooks). */
export function describeWebhooks(schemas: SchemaWriter): JsonSchema {
  return {
    emailEvent: {
      post: {
        operationId: 'receiveEmailEvent',
        tags: ['Emails'],
        summary: 'Something happened to a recipient',
        description:
          'The form in which an event will be posted to webhook endpoints. Nothing is posted yet: until endpoints can be registered, the same events are read from `GET /v1/emails/{id}/events`.',
        security: [],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: schemas.write(eventSchema()),
              examples: { delivered: { value: exampleEvent } },
            },
          },
        },
        responses: {
          '204': { description: 'Received; any answer of 2xx will do.' },
          '410': { description: 'Not wanted any more.' },
        },
      },
    },
  };
}
