import * as z from 'zod';

import { eventTypes } from '../../core/timeline.ts';
import { exampleEmail } from './email-example.ts';
import { emailSchema, time } from './email-schema.ts';
import { lazily } from '../lazily.ts';

const recipientShape = () => emailSchema().shape.recipients.element.shape;

/** An event as an example. */
export const exampleEvent = {
  id: 'evt_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs',
  object: 'event',
  type: 'email.delivered',
  created_at: exampleEmail.recipients[0].updated_at,
  email_id: exampleEmail.id,
  recipient: exampleEmail.recipients[0].email,
  data: { attempt: exampleEmail.recipients[0].attempts[1] },
  tags: exampleEmail.tags,
  metadata: exampleEmail.metadata,
};

/** One thing that happened to one recipient. */
export const eventSchema = lazily(() =>
  z
    .object({
      id: z.string().meta({ examples: ['evt_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
      object: z.literal('event'),
      type: z.enum(eventTypes),
      created_at: time(),
      email_id: z.string(),
      recipient: z.string().meta({ examples: ['ada@example.com'] }),
      data: z.object({
        attempt: recipientShape()
          .attempts.element.optional()
          .meta({ description: 'The attempt that brought it about.' }),
        bounce: recipientShape().bounce.unwrap().optional().meta({ description: 'For email.bounced.' }),
      }),
      tags: z.array(z.string()),
      metadata: z.record(z.string(), z.string()),
    })
    .meta({ id: 'Event' }),
);

/** The answer to `GET /v1/emails/{id}/events`. */
export const eventListSchema = lazily(() =>
  z.object({ object: z.literal('list'), data: z.array(eventSchema()), has_more: z.literal(false) }).meta({
    id: 'EventList',
    examples: [
      {
        object: 'list',
        data: [exampleEvent],
        has_more: false,
      },
    ],
  }),
);
