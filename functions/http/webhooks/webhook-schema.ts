import * as z from 'zod';

import { projectEventTypes } from '../../core/events/project-event.ts';
import { time } from '../emails/email-schema.ts';
import { lazily } from '../lazily.ts';
import { requestLimits } from '../request-limits.ts';

/** Where an endpoint is. */
export const webhookUrl = lazily(() =>
  z
    .string()
    .max(requestLimits.webhookUrlCharacters)
    .meta({
      examples: ['https://example.com/postern'],
      description: 'https, at port 443 or 8443, at a public address; redirects are not followed.',
    }),
);
/** An endpoint, without its secrets. */
export const webhookSchema = lazily(() =>
  z
    .object({
      id: z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
      object: z.literal('webhook'),
      url: webhookUrl(),
      description: z.string().nullable(),
      events: z.array(z.enum(projectEventTypes)).nullable(),
      tags: z.array(z.string()).nullable(),
      status: z.enum(['enabled', 'disabled']),
      disabled_reason: z.enum(['requested', 'gone', 'failing']).nullable().meta({
        description: 'gone: it answered 410. failing: it took nothing for five days.',
      }),
      disabled_at: time().nullable(),
      failing_since: time().nullable().meta({ description: 'When an attempt failed first, if none was taken since.' }),
      created_at: time(),
    })
    .meta({ id: 'Webhook' }),
);

/** The answers that hold a secret. */
export const webhookWithSecretSchema = lazily(() =>
  webhookSchema()
    .extend({
      secret: z
        .string()
        .meta({ examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='], description: 'Shown this once.' }),
    })
    .meta({ id: 'WebhookWithSecret' }),
);

/** `GET /v1/webhooks`. */
export const webhookListSchema = lazily(() =>
  z
    .object({ object: z.literal('list'), data: z.array(webhookSchema()), has_more: z.literal(false) })
    .meta({ id: 'WebhookList' }),
);
