import * as z from 'zod';

import { acceptedSchema } from '../emails/email-schema.ts';
import { lazily } from '../lazily.ts';

/** The answer to `POST /v1/emails/validate` for an email that would be accepted. */
export const validationSchema = lazily(() =>
  z
    .object({
      object: z.literal('validation'),
      valid: z.literal(true),
      warnings: z
        .array(
          z.object({
            pointer: z.string(),
            code: z.string().meta({ examples: ['no_text'] }),
            detail: z.string(),
          }),
        )
        .meta({ description: 'What is allowed, and may not be what was meant.' }),
      size_bytes: z.int().meta({ description: 'The message as composed, before signatures.' }),
      recipients: acceptedSchema().shape.recipients.meta({ description: 'Who would get it, each once.' }),
    })
    .meta({
      id: 'Validation',
      examples: [
        {
          object: 'validation',
          valid: true,
          warnings: [{ pointer: '/text', code: 'no_text', detail: 'Some readers show only text.' }],
          size_bytes: 1_234,
          recipients: [{ email: 'ada@example.net', status: 'queued' }],
        },
      ],
    }),
);
