import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { batchAnswerSchema, batchSchema } from '../sending/batch-schema.ts';
import { acceptedSchema } from '../emails/email-schema.ts';
import { problemResponses } from '../problem-schema.ts';
import { rawQuerySchema, rawSchema } from '../sending/raw-schema.ts';
import { sendSchema } from '../sending/send-schema.ts';
import { validationSchema } from '../sending/validation-schema.ts';
import { answerHeaders, idempotencyKeyParameter, preferParameter, sendingProblems } from './sending-headers.ts';

const security = [{ apiKey: [] }];

export const batchRoute = createRoute({
  operationId: 'sendBatch',
  tags: ['Emails'],
  method: 'post',
  path: '/v1/emails/batch',
  summary: 'Send up to 100 emails',
  description: described(
    'All emails that are accepted become durable as one. An Idempotency-Key covers the whole batch; each email may have an idempotency_key of its own besides. In atomic mode (the default) one email that is not valid refuses the batch and nothing is stored; in partial mode it gets its error, and the others are accepted.',
  ),
  security,
  parameters: [idempotencyKeyParameter],
  request: () => ({ body: { required: true, content: { 'application/json': { schema: batchSchema() } } } }),
  responses: described(() => ({
    200: {
      description: 'Partial mode, and no email was accepted: an error each.',
      content: {
        'application/json': {
          schema: batchAnswerSchema(),
          examples: {
            refused: {
              value: {
                data: [
                  {
                    index: 0,
                    error: { code: 'validation_error', detail: '/emails/0/to: A domain needs at least one dot.' },
                  },
                ],
              },
            },
          },
        },
      },
    },
    202: {
      description: 'One entry an email, in order: its id, or its error.',
      headers: answerHeaders,
      content: {
        'application/json': {
          schema: batchAnswerSchema(),
          examples: {
            partial: {
              value: {
                data: [
                  { index: 0, id: 'em_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs' },
                  {
                    index: 1,
                    error: {
                      code: 'validation_error',
                      detail: '/emails/1/to: A domain needs at least one dot.',
                      errors: [
                        {
                          pointer: '/emails/1/to',
                          code: 'invalid_address',
                          detail: 'A domain needs at least one dot.',
                        },
                      ],
                    },
                  },
                ],
              },
            },
          },
        },
      },
    },
    ...problemResponses(...sendingProblems),
  })),
});

export const rawRoute = createRoute({
  operationId: 'sendRawEmail',
  tags: ['Emails'],
  method: 'post',
  path: '/v1/emails/raw',
  summary: 'Send a message that is composed already',
  description: described(
    'The message (RFC 5322) is sent as it stands, but for line ends, which become CRLF, Bcc, which is taken out, and Message-ID and Date, which are added where they lack. Who gets it is said by the envelope alone: in the query for a body of message/rfc822, in the body for JSON.',
  ),
  security,
  parameters: [idempotencyKeyParameter, preferParameter],
  request: () => ({
    query: rawQuerySchema(),
    body: {
      required: true,
      content: {
        'message/rfc822': {
          schema: {
            type: 'string',
            format: 'binary',
            examples: ['From: Shop <orders@example.com>\r\nTo: ada@example.net\r\nSubject: Hello\r\n\r\nIt works.\r\n'],
          },
        },
        'application/json': { schema: rawSchema() },
      },
    },
  }),
  responses: described(() => ({
    202: {
      description: 'Accepted: every recipient will reach a final status.',
      headers: answerHeaders,
      content: { 'application/json': { schema: acceptedSchema() } },
    },
    ...problemResponses(...sendingProblems),
  })),
});

export const validateRoute = createRoute({
  operationId: 'validateEmail',
  tags: ['Emails'],
  method: 'post',
  path: '/v1/emails/validate',
  summary: 'Everything but sending',
  description: described('Checks and composes an email as POST /v1/emails would, and stores nothing.'),
  security,
  request: () => ({ body: { required: true, content: { 'application/json': { schema: sendSchema() } } } }),
  responses: described(() => ({
    200: {
      description: 'POST /v1/emails would accept it.',
      content: { 'application/json': { schema: validationSchema() } },
    },
    ...problemResponses(
      'invalid_json',
      'body_incomplete',
      'unauthorized',
      'insufficient_scope',
      'sender_not_allowed',
      'recipient_not_allowed',
      'body_too_large',
      'unsupported_media_type',
      'validation_error',
      'recipient_suppressed',
      'rate_limited',
      'internal_error',
      'unavailable',
    ),
  })),
});
