import * as z from 'zod';

import { exampleEmail } from './emails/email-example.ts';
import { emailSchema, emailStatus } from './emails/email-schema.ts';
import { lazily } from './lazily.ts';
import { strictObject } from './reading/strict-object.ts';

const mostListed = 100;
const usuallyListed = 20;

const statuses = lazily(() =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => (typeof given === 'string' ? [given] : given).flatMap((text) => text.split(',')))
    .pipe(z.array(emailStatus())),
);

/** The query of `GET /v1/emails`. */
export const listQuerySchema = lazily(() =>
  strictObject({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(mostListed)
      .default(usuallyListed)
      .meta({ type: 'integer', description: 'Emails of one page.' }),
    after: z.string().optional().meta({ description: 'A next_cursor, or the id of an email: what is older.' }),
    before: z.string().optional().meta({ description: 'A previous_cursor, or the id of an email: what is newer.' }),
    status: statuses()
      .optional()
      .meta({
        type: 'array',
        items: { type: 'string', enum: emailStatus().options },
        description: 'Any of these statuses of the email; repeats, or a list with commas.',
      }),
    to: z
      .string()
      .optional()
      .meta({ description: 'One of the recipients, whatever its case.', examples: ['ada@example.com'] }),
    tag: z.string().optional().meta({ description: 'One of the tags, exactly.' }),
  }),
);

export type ListQuery = z.infer<ReturnType<typeof listQuerySchema>>;

const listedRecipient = lazily(() => emailSchema().shape.recipients.element.omit({ attempts: true }));
const listedExample = () => ({
  ...exampleEmail,
  recipients: exampleEmail.recipients.map((recipient) => listedRecipient().parse(recipient)),
});

const listedSchema = lazily(() =>
  emailSchema()
    .extend({ recipients: z.array(listedRecipient()) })
    .meta({ id: 'ListedEmail', description: 'An email without its attempts.' }),
);

/** The answer to `GET /v1/emails`. */
export const listSchema = lazily(() =>
  z
    .object({
      object: z.literal('list'),
      data: z.array(listedSchema()),
      has_more: z.boolean().meta({
        description:
          'Whether there may be more that way. A page under a filter may be short, or empty, and not be the last.',
      }),
      next_cursor: z.string().nullable().meta({ description: 'The `after` of the page of older emails.' }),
      previous_cursor: z.string().nullable().meta({ description: 'The `before` of the page of newer emails.' }),
    })
    .meta({
      id: 'EmailList',
      examples: [
        { object: 'list', data: [listedExample()], has_more: false, next_cursor: null, previous_cursor: null },
      ],
    }),
);
