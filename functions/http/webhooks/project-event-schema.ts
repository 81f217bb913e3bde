import * as z from 'zod';

import { time } from '../emails/email-schema.ts';
import { eventSchema } from '../emails/event-schema.ts';
import { lazily } from '../lazily.ts';
import { suppressionSchema } from '../suppressions/suppression-schema.ts';

const exampleId = 'evt_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs';
const head = () => ({ id: z.string().meta({ examples: [exampleId] }), object: z.literal('event') });

const suppressionEventSchema = lazily(() =>
  z
    .object({
      ...head(),
      type: z.enum(['suppression.added', 'suppression.removed']),
      created_at: time(),
      data: z.object({ suppression: suppressionSchema() }),
    })
    .meta({ id: 'SuppressionEvent' }),
);

const domainEventSchema = lazily(() =>
  z
    .object({
      ...head(),
      type: z.enum(['domain.verified', 'domain.failed']),
      created_at: time(),
      data: z.object({
        domain: z.object({
          id: z.string().meta({ examples: ['dom_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
          name: z.string().meta({ examples: ['example.com'] }),
          status: z.enum(['pending', 'verified', 'failed']),
        }),
      }),
    })
    .meta({ id: 'DomainEvent' }),
);

const webhookEventSchema = lazily(() =>
  z
    .object({
      ...head(),
      type: z.enum(['webhook.disabled', 'webhook.test']),
      created_at: time(),
      data: z.object({
        webhook: z.object({
          id: z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
          url: z.string().meta({ examples: ['https://example.com/postern'] }),
          reason: z.enum(['gone', 'failing', 'test']),
        }),
      }),
    })
    .meta({ id: 'WebhookEvent' }),
);

/** Whatever is posted to an endpoint, by what it is about. */
export const projectEventSchemas = {
  email: eventSchema,
  suppression: suppressionEventSchema,
  domain: domainEventSchema,
  webhook: webhookEventSchema,
} as const;

/** Any of them. */
export const projectEventSchema = lazily(() =>
  z.union([eventSchema(), suppressionEventSchema(), domainEventSchema(), webhookEventSchema()]),
);
