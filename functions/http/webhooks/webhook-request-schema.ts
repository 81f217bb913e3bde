import * as z from 'zod';

import { projectEventTypes } from '../../core/events/project-event.ts';
import { lazily } from '../lazily.ts';
import { requestLimits } from '../request-limits.ts';
import { strictObject } from '../reading/strict-object.ts';
import { webhookUrl } from './webhook-schema.ts';

const filters = () => ({
  description: z
    .string()
    .max(requestLimits.webhookDescriptionCharacters)
    .nullish()
    .meta({ examples: ['Order mails'] }),
  events: z
    .array(z.enum(projectEventTypes))
    .min(1)
    .nullish()
    .meta({
      examples: [['email.delivered', 'email.bounced']],
      description: 'Types to be told of; all of them, those to come included, when absent.',
    }),
  tags: z
    .array(z.string().min(1).max(requestLimits.tagCharacters))
    .min(1)
    .max(requestLimits.tags)
    .nullish()
    .meta({
      examples: [['orders']],
      description: 'Of emails, only those with one of these tags; all when absent. Other events have no tags and pass.',
    }),
});

/** `POST /v1/webhooks`; what a form cannot say is checked by `readWebhook`. */
export const newWebhookSchema = lazily(() =>
  strictObject({ url: webhookUrl(), ...filters() }).meta({
    id: 'NewWebhook',
    examples: [{ url: 'https://example.com/postern', events: ['email.delivered', 'email.bounced'] }],
  }),
);

/** `POST /v1/webhooks/{id}/replay`. */
export const webhookReplaySchema = lazily(() =>
  strictObject({
    since: z.iso
      .datetime({ offset: true })
      .meta({ examples: ['2030-01-31T00:00:00Z'], description: 'When the first of them happened.' }),
    until: z.iso
      .datetime({ offset: true })
      .nullish()
      .meta({ description: 'All of them happened before; now when absent.' }),
    types: z.array(z.enum(projectEventTypes)).min(1).nullish().meta({ description: 'Of these types only.' }),
  }).meta({ id: 'WebhookReplay', examples: [{ since: '2030-01-31T00:00:00Z' }] }),
);

/** `PATCH /v1/webhooks/{id}`: what is absent stays. */
export const webhookChangeSchema = lazily(() =>
  strictObject({
    url: webhookUrl().optional(),
    ...filters(),
    status: z
      .enum(['enabled', 'disabled'])
      .optional()
      .meta({ description: 'A disabled endpoint is owed nothing of what happens meanwhile.' }),
  }).meta({ id: 'WebhookChange', examples: [{ status: 'enabled' }] }),
);
