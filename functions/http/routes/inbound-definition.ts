import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';
import { strictObject } from '../reading/strict-object.ts';

const query = lazily(() => strictObject({ dry_run: z.enum(['true', 'false']).default('false') }));

export const inboundRoute = createRoute({
  operationId: 'takeInbound',
  tags: ['Inbound'],
  method: 'post',
  path: '/v1/inbound',
  summary: 'Hand over a mail that came back',
  description: described(
    'The mail as it came, To and Delivered-To included. If it came to a return path that was made for it, recipients end as bounced, complaints are noted and addresses suppressed; the same mail again changes nothing. dry_run=true only reads it.',
  ),
  security: [{ apiKey: [] }],
  request: () => ({
    query: query(),
    body: {
      required: true,
      content: {
        'message/rfc822': described({
          schema: {
            type: 'string',
            format: 'binary',
            examples: [
              'From: MAILER-DAEMON@mx.example.net\r\nTo: bounce+…@bounces.example.com\r\nSubject: Undeliverable\r\n\r\n<ada@example.net>: 550 5.1.1 No such user\r\n',
            ],
          },
        }),
      },
    },
  }),
  // In here, so that a bundle does without the schema too.
  responses: described(() => ({
    200: {
      description: 'What it says.',
      content: {
        'application/json': {
          schema: z
            .object({
              kind: z.enum(['dsn', 'arf', 'auto_reply', 'other']).meta({
                description:
                  'A delivery report, a feedback report (a complaint), an automatic answer, or some other mail.',
              }),
              token: z.enum(['valid', 'invalid', 'none']).meta({
                description:
                  'Whether it came to a return path of this project. Only then can it change anything, and only the delivery that the return path was made for.',
              }),
              recipients: z.array(
                z.object({
                  address: z.string().meta({ description: 'As the report names it; empty where it names nobody.' }),
                  action: z.enum(['failed', 'delayed', 'delivered', 'relayed', 'expanded', 'complained', 'replied']),
                  status: z.string().nullable().meta({ description: 'The enhanced status code (RFC 3463).' }),
                  category: z.string(),
                  suppress: z.boolean().meta({ description: 'Whether the address should be mailed no more.' }),
                  rule: z.string().meta({ description: 'The rule that named the category.' }),
                  diagnostic: z.string().nullable(),
                }),
              ),
            })
            .meta({
              id: 'InboundReport',
              examples: [
                {
                  kind: 'dsn',
                  token: 'valid',
                  recipients: [
                    {
                      address: 'ada@example.net',
                      action: 'failed',
                      status: '5.1.1',
                      category: 'invalid_recipient',
                      suppress: true,
                      rule: 'enhanced-1-1',
                      diagnostic: '550 5.1.1 No such user',
                    },
                  ],
                },
              ],
            }),
        },
      },
    },
    ...problemResponses(
      'unauthorized',
      'insufficient_scope',
      'rate_limited',
      'internal_error',
      'unavailable',
      'body_incomplete',
      'body_too_large',
      'unsupported_media_type',
      'validation_error',
      'method_not_allowed',
    ),
  })),
});
