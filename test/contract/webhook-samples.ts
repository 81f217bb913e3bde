import { systemRandom } from '../../functions/adapters/random-system.ts';
import { newEventId } from '../../functions/core/event-id.ts';
import type { WebhookId } from '../../functions/core/ids.ts';
import type { ProjectEvent } from '../../functions/core/events/project-event.ts';
import type { Webhook } from '../../functions/core/webhooks/webhook.ts';
import { newWebhookId } from '../../functions/core/webhooks/webhook-id.ts';
import { now, project } from './samples.ts';

/** An enabled endpoint without filters, told of everything from `now` on. */
export function webhookOf(changes: Partial<Webhook> = {}): Webhook {
  return {
    id: newWebhookId(now, systemRandom),
    projectId: project,
    url: 'https://example.com/hook?a=b',
    description: 'Said "hello" \u{1f44b}',
    events: null,
    tags: null,
    createdAt: now,
    since: now,
    disabled: null,
    failingSince: null,
    secrets: [{ sealed: 'c2VhbGVk', createdAt: now, expiresAt: null }],
    version: 1,
    ...changes,
  };
}

/** An event about an endpoint; those of one `stream` are told in the order of `place`. */
export function eventOf(changes: Partial<ProjectEvent> = {}): ProjectEvent {
  const at = changes.at ?? now;
  const id = newEventId(at, systemRandom);
  return {
    id,
    projectId: project,
    type: 'webhook.disabled',
    at,
    stream: id,
    place: 0,
    subject: { kind: 'webhook', id: 'wh_1' as WebhookId, url: 'https://example.com/', why: 'gone' },
    ...changes,
  };
}
