import { z } from '@hono/zod-openapi';

import { emailSchema, emailStatus } from './email-schema.ts';
import { strictObject } from './strict-object.ts';

const mostListed = 100;
const usuallyListed = 20;

const statuses = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? [given] : given).flatMap((text) => text.split(',')))
  .pipe(z.array(emailStatus));

/** The query of `GET /v1/emails`. */
export const listQuerySchema = strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostListed)
    .default(usuallyListed)
    .openapi({ type: 'integer', description: 'Emails of one page.' }),
  after: z.string().optional().openapi({ description: 'A next_cursor, or the id of an email: what is older.' }),
  before: z.string().optional().openapi({ description: 'A previous_cursor, or the id of an email: what is newer.' }),
  status: statuses.optional().openapi({
    type: 'array',
    items: { type: 'string', enum: emailStatus.options },
    description: 'Any of these statuses of the email; repeats, or a list with commas.',
  }),
  to: z
    .string()
    .optional()
    .openapi({ description: 'One of the recipients, whatever its case.', example: 'ada@example.com' }),
  tag: z.string().optional().openapi({ description: 'One of the tags, exactly.' }),
});

const listedSchema = emailSchema
  .extend({ recipients: z.array(emailSchema.shape.recipients.element.omit({ attempts: true })) })
  .openapi('ListedEmail', { description: 'An email without its attempts.' });

/** The answer to `GET /v1/emails`. */
export const listSchema = z
  .object({
    object: z.literal('list'),
    data: z.array(listedSchema),
    has_more: z.boolean().openapi({
      description:
        'Whether there may be more that way. A page under a filter may be short, or empty, and not be the last.',
    }),
    next_cursor: z.string().nullable().openapi({ description: 'The `after` of the page of older emails.' }),
    previous_cursor: z.string().nullable().openapi({ description: 'The `before` of the page of newer emails.' }),
  })
  .openapi('EmailList');
