import * as z from 'zod';

import { keyForm } from '../idempotent.ts';
import { lazily } from '../lazily.ts';
import { requestLimits } from '../request-limits.ts';
import { sendSchema } from './send-schema.ts';
import { strictObject } from '../reading/strict-object.ts';

const mode = lazily(() =>
  z.enum(['atomic', 'partial']).nullish().meta({
    description:
      'atomic (the default): all emails are accepted or none is. partial: those that are valid are accepted, the others answered with their errors.',
  }),
);

/** One email of a batch. */
export const batchItemSchema = lazily(() =>
  strictObject({
    ...sendSchema().shape,
    idempotency_key: z
      .string()
      .refine((text) => keyForm.test(text), 'An idempotency_key has 1 to 255 printable ASCII characters.')
      .nullish()
      .meta({
        minLength: 1,
        maxLength: 255,
        description:
          'As the Idempotency-Key header of POST /v1/emails, and one with it: the same key with the same email, there or here, is the same request.',
      }),
  }).meta({ id: 'BatchEmail' }),
);

const emailsOf = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(requestLimits.batchEmails);

/** A batch as it is published. */
export const batchSchema = lazily(() =>
  strictObject({ emails: emailsOf(batchItemSchema()), mode: mode() }).meta({
    id: 'SendBatch',
    examples: [
      {
        mode: 'partial',
        emails: [
          { from: 'orders@example.com', to: 'ada@example.net', subject: 'Your invoice', text: 'Thank you.' },
          { from: 'orders@example.com', to: 'bob@example.net', subject: 'Your invoice', text: 'Thank you.' },
        ],
      },
    ],
  }),
);

/** A batch whose emails are still to be read one by one, so that one of the wrong form need not spoil the others. */
export const looseBatchSchema = lazily(() => strictObject({ emails: emailsOf(z.unknown()), mode: mode() }));

const itemErrorSchema = lazily(() =>
  z
    .object({
      code: z.string().meta({ description: 'As of a problem.', examples: ['validation_error'] }),
      detail: z.string(),
      errors: z
        .array(
          z.object({
            pointer: z.string().meta({ examples: ['/emails/3/to/0'] }),
            code: z.string(),
            detail: z.string(),
          }),
        )
        .optional(),
    })
    .meta({ id: 'BatchError' }),
);

/** The answer: one entry an email, in the order of the request. */
export const batchAnswerSchema = lazily(() =>
  z
    .object({
      data: z.array(
        z.union([
          z.object({ index: z.int(), id: z.string().meta({ examples: ['em_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }) }),
          z.object({ index: z.int(), error: itemErrorSchema() }),
        ]),
      ),
    })
    .meta({ id: 'BatchAnswer' }),
);
