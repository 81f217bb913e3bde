import * as z from 'zod';

import { time } from '../emails/email-schema.ts';
import { exampleEvent } from '../emails/event-schema.ts';
import { lazily } from '../lazily.ts';
import { projectEventSchema } from './project-event-schema.ts';

const exampleAttempt = {
  attempt: 1,
  started_at: '2030-01-31T09:30:01.000Z',
  duration_ms: 84,
  outcome: 'delivered' as const,
  ip: '192.0.2.10',
  status: 204,
  body: '',
  error: null,
};

const attemptSchema = lazily(() =>
  z
    .object({
      attempt: z.int(),
      started_at: time(),
      duration_ms: z.int(),
      outcome: z.enum(['delivered', 'failed']),
      ip: z.string().nullable(),
      status: z.int().nullable().meta({ description: 'Of the answer; null when there was none.' }),
      body: z.string().nullable().meta({ description: 'The beginning of the answer, on one line.' }),
      error: z.object({ code: z.string(), detail: z.string() }).nullable(),
    })
    .meta({ id: 'WebhookAttempt', examples: [exampleAttempt] }),
);

/** An event on its way to an endpoint. */
export const webhookDeliverySchema = lazily(() =>
  z
    .object({
      event_id: z.string().meta({ examples: [exampleEvent.id] }),
      object: z.literal('webhook_delivery'),
      webhook_id: z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
      status: z.enum(['pending', 'delivered', 'failed']),
      next_attempt_at: time().nullable().meta({
        description: 'null when there is none, or while an earlier event of the same recipient is on its way.',
      }),
      ended_at: time().nullable(),
      attempts: z.array(attemptSchema()),
      event: projectEventSchema().meta({ examples: [exampleEvent], description: 'What is posted.' }),
    })
    .meta({ id: 'WebhookDelivery' }),
);

/** `GET /v1/webhooks/{id}/deliveries`. */
export const webhookDeliveryListSchema = lazily(() =>
  z
    .object({
      object: z.literal('list'),
      data: z.array(webhookDeliverySchema()),
      has_more: z.boolean(),
      next_cursor: z.string().nullable().meta({ description: 'For after; null on the last page.' }),
    })
    .meta({ id: 'WebhookDeliveryList' }),
);

/** `POST /v1/webhooks/{id}/test`. */
export const webhookTestSchema = lazily(() =>
  z
    .object({
      object: z.literal('webhook_test'),
      webhook_id: z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
      event_id: z.string().meta({ examples: [exampleEvent.id] }),
      attempt: attemptSchema(),
    })
    .meta({ id: 'WebhookTest' }),
);

/** What `POST /v1/webhooks/{id}/replay` has done. */
export const webhookReplayedSchema = lazily(() =>
  z
    .object({
      object: z.literal('webhook_replay'),
      webhook_id: z.string().meta({ examples: ['wh_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
      replayed: z.int().meta({ examples: [12], description: 'So many are due again.' }),
      has_more: z.boolean().meta({ examples: [false], description: 'Later ones were left: ask the same again.' }),
    })
    .meta({ id: 'WebhookReplayed' }),
);
