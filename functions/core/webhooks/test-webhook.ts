import { newEventId } from '../event-id.ts';
import type { EventId } from '../ids.ts';
import type { Random } from '../ports/random.ts';
import type { ProjectEvent } from '../events/project-event.ts';
import { postWebhook, type PostWebhookPorts } from './send-webhook.ts';
import type { Webhook } from './webhook.ts';
import { afterWebhookAttempt, type WebhookAttempt, type WebhookDelivery } from './webhook-delivery.ts';

/**
 * Posts a `webhook.test` event to an endpoint, whether or not it is enabled, and answers with the attempt. It is not tried
 * again, and says nothing about the endpoint's health.
 */
export async function testWebhook(
  webhook: Webhook,
  ports: PostWebhookPorts & { readonly random: Random },
): Promise<{ readonly eventId: EventId; readonly attempt: WebhookAttempt }> {
  const startedAt = ports.clock.now();
  const event = testEvent(webhook, startedAt, ports.random);
  const answer = await postWebhook(webhook, event, ports, new AbortController().signal);
  const unlisted: WebhookDelivery = {
    webhookId: webhook.id,
    event,
    status: 'pending',
    version: 1,
    dueAt: null,
    tries: 0,
    endedAt: null,
    attempts: [],
  };
  const result = { answer, startedAt, now: ports.clock.now(), fraction: 0 };
  const [attempt] = afterWebhookAttempt(unlisted, result).attempts;
  if (attempt === undefined) throw new Error('An attempt was made and none is on record.');
  return { eventId: event.id, attempt };
}

function testEvent({ id: webhookId, projectId, url }: Webhook, at: number, random: Random): ProjectEvent {
  const id = newEventId(at, random);
  return {
    id,
    projectId,
    type: 'webhook.test',
    at,
    stream: id,
    place: 0,
    subject: { kind: 'webhook', id: webhookId, url, why: 'test' },
  };
}
