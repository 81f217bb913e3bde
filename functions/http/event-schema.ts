import { z } from '@hono/zod-openapi';

import { eventTypes } from '../core/timeline.ts';
import { emailSchema, time } from './email-schema.ts';

const { attempts, bounce } = emailSchema.shape.recipients.element.shape;

/** One thing that happened to one recipient. */
export const eventSchema = z
  .object({
    id: z.string().openapi({ example: 'evt_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs' }),
    object: z.literal('event'),
    type: z.enum(eventTypes),
    created_at: time,
    email_id: z.string(),
    recipient: z.string().openapi({ example: 'ada@example.com' }),
    data: z.object({
      attempt: attempts.element.optional().openapi({ description: 'The attempt that brought it about.' }),
      bounce: bounce.unwrap().optional().openapi({ description: 'For email.bounced.' }),
    }),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.string()),
  })
  .openapi('Event');

/** The answer to `GET /v1/emails/{id}/events`. */
export const eventListSchema = z
  .object({ object: z.literal('list'), data: z.array(eventSchema), has_more: z.literal(false) })
  .openapi('EventList');
