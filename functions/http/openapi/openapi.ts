import type { ApiRoute, MediaType, RouteAnswer } from '../api-route.ts';
import { apiTags } from './api-tags.ts';
import { exampleOf } from './openapi-examples.ts';
import { describeWebhooks } from './openapi-webhooks.ts';
import { jsonSchemaWriter, type JsonSchema, type SchemaWriter } from './openapi-schemas.ts';

/** An OpenAPI 3.1 document; what is in it, `npm run lint:openapi` and the tests judge. */
export type OpenApiDocument = {
  readonly openapi: '3.1.0';
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & JsonSchema;
} & JsonSchema;

const description = `Postern takes an email as JSON, makes it durable, delivers it over SMTP and records what became of every recipient.

Send the API key as \`Authorization: Bearer <key>\`. Times are ISO 8601 in UTC. Every answer carries a \`Request-Id\`.

**Safe to repeat.** With an \`Idempotency-Key\` the same request within 24 hours gets the same answer again and sends nothing.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`; \`retryable\` tells whether the same request may succeed later, and for a refused field \`errors\` has its JSON pointer and a sentence. Before it reaches an operation, a request can be refused with \`malformed_request\` (400), \`request_timeout\` (408), \`expectation_failed\` (417) or \`headers_too_large\` (431). A method that an address does not take is \`method_not_allowed\` (405) with \`Allow\`, and OPTIONS answers 204 with it. A parameter in the address that an operation does not name is a \`validation_error\` (422), as an unknown field of a body is.`;

const retryLater = ['409', '429', '503'];

/** Describes the operations in OpenAPI 3.1 (its schemas are JSON Schema 2020-12, which zod writes). Pure. */
export function openApiDocument(operations: readonly ApiRoute[], version: string): OpenApiDocument {
  const schemas = jsonSchemaWriter();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describeOperation(operation, schemas);
  }
  const tags = new Set(operations.flatMap((operation) => operation.tags));
  return {
    openapi: '3.1.0',
    info: { title: 'Postern', version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'This server' }],
    tags: Object.entries(apiTags).flatMap(([name, text]) =>
      Array.from(tags).some((tag) => tag === name) ? [{ name, description: text }] : [],
    ),
    paths,
    webhooks: describeWebhooks(schemas),
    components: {
      schemas: schemas.named(),
      headers: {
        'Request-Id': { description: 'Names this request in the log.', schema: { type: 'string' } },
        'Retry-After': {
          description: 'Seconds to wait before the request is sent again.',
          schema: { type: 'integer' },
        },
      },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key; what it may do are its scopes.' },
      },
    },
  };
}

function describeOperation(route: ApiRoute, schemas: SchemaWriter): JsonSchema {
  const request = route.request?.();
  const parameters = [
    ...parametersOf('path', request?.params, schemas),
    ...parametersOf('query', request?.query, schemas),
    ...(route.parameters ?? []),
  ];
  return {
    operationId: route.operationId,
    tags: route.tags,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: route.security,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request?.body === undefined
      ? {}
      : { requestBody: { ...request.body, content: describeContent(request.body.content, schemas) } }),
    responses: Object.fromEntries(
      Object.entries(route.responses()).map(([status, answer]) => [status, describeAnswer(status, answer, schemas)]),
    ),
  };
}

function parametersOf(
  place: 'path' | 'query',
  schema: ReturnType<NonNullable<ApiRoute['request']>>['params'],
  schemas: SchemaWriter,
): Readonly<Record<string, unknown>>[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.inline(schema);
  return Object.entries(properties).map(([name, { description: text, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(text === undefined ? {} : { description: text }),
    schema: rest,
  }));
}

function describeAnswer(
  status: string,
  { content, headers, ...answer }: RouteAnswer,
  schemas: SchemaWriter,
): JsonSchema {
  const shared = ['Request-Id', ...(retryLater.includes(status) ? ['Retry-After'] : [])];
  return {
    ...answer,
    headers: {
      ...Object.fromEntries(shared.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
      ...headers,
    },
    ...(content === undefined ? {} : { content: describeContent(content, schemas) }),
  };
}

function describeContent(content: Readonly<Record<string, MediaType>>, schemas: SchemaWriter): JsonSchema {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, form]) => [mediaType, describeForm(form, schemas)]),
  );
}

function describeForm({ schema, examples }: MediaType, schemas: SchemaWriter): JsonSchema {
  const written = schemas.write(schema);
  const example = examples === undefined ? exampleOf(written, (reference) => schemas.resolve(reference)) : null;
  return { schema: written, examples: examples ?? (example === null ? {} : { example }) };
}
