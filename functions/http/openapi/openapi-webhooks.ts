import { exampleEvent } from '../emails/event-schema.ts';
import type { JsonSchema, SchemaWriter } from './openapi-schemas.ts';
import { exampleOf } from './openapi-examples.ts';
import { projectEventSchemas } from '../webhooks/project-event-schema.ts';

const description = `Posted to endpoints that were added under \`/v1/webhooks\`, signed as in Standard Webhooks: \`webhook-id\` is the event's id, the same at every attempt, \`webhook-timestamp\` the attempt's time in seconds, and \`webhook-signature\` one or more signatures \`v1,<base64>\`, of which one has to match: HMAC-SHA256 over \`<id>.<timestamp>.<body>\` under the secret without its prefix, from base64. An event can come more than once; those of one recipient come in order.`;

const kinds = [
  ['emailEvent', 'receiveEmailEvent', 'Something happened to a recipient', 'email'],
  ['suppressionEvent', 'receiveSuppressionEvent', 'An address is no longer mailed, or mailed again', 'suppression'],
  ['domainEvent', 'receiveDomainEvent', 'A sender domain was verified, or has failed', 'domain'],
  ['webhookEvent', 'receiveWebhookEvent', 'An endpoint was disabled, or is tested', 'webhook'],
] as const;

/** The `webhooks` of the document: what is posted to a receiver. */
export function describeWebhooks(schemas: SchemaWriter): JsonSchema {
  return Object.fromEntries(
    kinds.map(([name, operationId, summary, kind]) => {
      const schema = schemas.write(projectEventSchemas[kind]());
      const example =
        kind === 'email' ? { value: exampleEvent } : exampleOf(schema, (reference) => schemas.resolve(reference));
      return [name, { post: receiverOf(operationId, summary, schema, example) }];
    }),
  );
}

function receiverOf(
  operationId: string,
  summary: string,
  schema: JsonSchema,
  example: { readonly value: unknown } | null,
): JsonSchema {
  return {
    operationId,
    tags: ['Webhooks'],
    summary,
    description,
    security: [],
    requestBody: {
      required: true,
      content: { 'application/json': { schema, examples: example === null ? {} : { example } } },
    },
    responses: {
      '204': { description: 'Received; any answer of 2xx within 15 seconds will do.' },
      '410': { description: 'Not wanted any more: the endpoint is disabled.' },
    },
  };
}
