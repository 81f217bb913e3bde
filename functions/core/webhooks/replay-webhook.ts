import type { EventId } from '../ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { WebhookDeliveries } from '../ports/webhook-deliveries.ts';
import type { Webhook } from './webhook.ts';
import { replayedDelivery, type WebhookDelivery } from './webhook-delivery.ts';

export type ReplayResult =
  | { readonly kind: 'replayed'; readonly delivery: WebhookDelivery }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'disabled' };

const mostTries = 5;

/**
 * Sends an event to an endpoint once more, whatever became of it, under the same id; a round of retries begins anew. One that
 * is being sent this moment may come twice.
 */
export async function replayWebhook(
  webhook: Webhook,
  eventId: EventId,
  ports: { readonly deliveries: Pick<WebhookDeliveries, 'find' | 'commit'>; readonly clock: Clock },
): Promise<ReplayResult> {
  if (webhook.disabled !== null) return { kind: 'disabled' };
  for (let tries = 1; tries <= mostTries; tries++) {
    const found = await ports.deliveries.find(webhook.id, eventId);
    if (found === null) return { kind: 'not_found' };
    const now = ports.clock.now();
    const delivery = replayedDelivery(found, now);
    if ((await ports.deliveries.commit(delivery, now)) === 'committed') return { kind: 'replayed', delivery };
  }
  throw new Error('The delivery kept changing while it was to be replayed.');
}
