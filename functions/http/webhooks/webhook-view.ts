import type * as z from 'zod';

import type { Webhook } from '../../core/webhooks/webhook.ts';
import type { WebhookAttempt, WebhookDelivery } from '../../core/webhooks/webhook-delivery.ts';
import { projectEventView } from './project-event-view.ts';
import type { webhookDeliverySchema } from './webhook-delivery-schema.ts';
import type { webhookSchema } from './webhook-schema.ts';

type DeliveryView = z.infer<ReturnType<typeof webhookDeliverySchema>>;

/** An endpoint as the API shows it: nothing of its secrets. Pure. */
export function webhookView(webhook: Webhook): z.infer<ReturnType<typeof webhookSchema>> {
  const { id, url, description, events, tags, disabled, failingSince, createdAt } = webhook;
  return {
    id,
    object: 'webhook',
    url,
    description,
    events: events && [...events],
    tags: tags && [...tags],
    status: disabled === null ? 'enabled' : 'disabled',
    disabled_reason: disabled && disabled.why,
    disabled_at: disabled && iso(disabled.at),
    failing_since: failingSince === null ? null : iso(failingSince),
    created_at: iso(createdAt),
  };
}

/** A webhook delivery as the API shows it. Pure. */
export function webhookDeliveryView({
  webhookId,
  event,
  status,
  dueAt,
  endedAt,
  attempts,
}: WebhookDelivery): DeliveryView {
  return {
    event_id: event.id,
    object: 'webhook_delivery',
    webhook_id: webhookId,
    status,
    next_attempt_at: dueAt === null ? null : iso(dueAt),
    ended_at: endedAt === null ? null : iso(endedAt),
    attempts: attempts.map(webhookAttemptView),
    event: projectEventView(event),
  };
}

/** An attempt at a webhook as the API shows it. Pure. */
export function webhookAttemptView(made: WebhookAttempt): DeliveryView['attempts'][number] {
  const { attempt, startedAt, durationMs, outcome, ip, status, body, error } = made;
  return { attempt, started_at: iso(startedAt), duration_ms: durationMs, outcome, ip, status, body, error };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
