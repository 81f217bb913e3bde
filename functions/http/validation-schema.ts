import { z } from '@hono/zod-openapi';

import { acceptedSchema } from './email-schema.ts';

/** The answer to `POST /v1/emails/validate` for an email that would be accepted. */
export const validationSchema = z
  .object({
    object: z.literal('validation'),
    valid: z.literal(true),
    warnings: z
      .array(
        z.object({
          pointer: z.string(),
          code: z.string().openapi({ example: 'no_text' }),
          detail: z.string(),
        }),
      )
      .openapi({ description: 'What is allowed, and may not be what was meant.' }),
    size_bytes: z.int().openapi({ description: 'The message as composed, before signatures.' }),
    recipients: acceptedSchema.shape.recipients.openapi({ description: 'Who would get it, each once.' }),
  })
  .openapi('Validation');
