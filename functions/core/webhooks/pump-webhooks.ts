import type { WebhookId } from '../ids.ts';
import { limits } from '../limits.ts';
import type { WebhookBacklog } from '../ports/webhook-deliveries.ts';
import { sendWebhook, type SendWebhookPorts } from './send-webhook.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';

export type PumpWebhooksPorts = SendWebhookPorts & { readonly deliveries: WebhookBacklog };

/** Where the lanes stand: attempts under way, by endpoint. */
type Lanes = { readonly running: Set<Promise<void>>; readonly busy: Map<WebhookId, number>; wake: () => void };

/**
 * Sends what is owed to endpoints until `signal` is aborted, then waits for the attempts under way, which end by the same
 * signal. So many attempts at one endpoint at a time, so that one that is slow or dead holds up nobody else.
 */
export async function pumpWebhooks(ports: PumpWebhooksPorts, signal: AbortSignal): Promise<void> {
  const { clock, deliveries, log } = ports;
  const lanes: Lanes = { running: new Set(), busy: new Map(), wake: () => undefined };
  const unsubscribe = deliveries.whenOwed(() => lanes.wake());
  while (!signal.aborted) {
    const woken = new AbortController();
    lanes.wake = () => woken.abort();
    try {
      await fill(lanes, ports, signal);
    } catch (error) {
      log.error('webhooks_unavailable', { why: String(error) });
    }
    await clock.sleep(limits.webhookLookMs, AbortSignal.any([woken.signal, signal]));
  }
  unsubscribe();
  await Promise.all(lanes.running);
}

async function fill(lanes: Lanes, ports: PumpWebhooksPorts, signal: AbortSignal): Promise<void> {
  const { clock, deliveries } = ports;
  for (const id of await deliveries.waiting(clock.now())) {
    const free = freeLanes(lanes, lanes.busy.get(id) ?? 0);
    if (free <= 0 || signal.aborted) continue;
    const now = clock.now();
    const claimed = await deliveries.claim(id, now, free, now + limits.webhookLeaseMs);
    for (const delivery of claimed) run(delivery, lanes, ports, signal);
  }
}

// A second lane is to be had only while half of all are free: endpoints that never answer leave one to each of the others.
function freeLanes({ running }: Lanes, own: number): number {
  const further = Math.min(limits.webhookLanesPerEndpoint - own, limits.webhookLanes / 2 - running.size);
  return own > 0 ? further : Math.max(further, Math.min(1, limits.webhookLanes - running.size));
}

function run(delivery: WebhookDelivery, lanes: Lanes, ports: PumpWebhooksPorts, signal: AbortSignal): void {
  const { webhookId } = delivery;
  lanes.busy.set(webhookId, (lanes.busy.get(webhookId) ?? 0) + 1);
  const running: Promise<void> = sendWebhook(delivery, ports, signal)
    .then(() => undefined)
    // The lease ends by itself, and the event is sent again.
    .catch((error: unknown) => ports.log.error('webhook_not_recorded', { webhook: webhookId, why: String(error) }))
    .finally(() => {
      lanes.running.delete(running);
      const left = (lanes.busy.get(webhookId) ?? 1) - 1;
      if (left === 0) lanes.busy.delete(webhookId);
      else lanes.busy.set(webhookId, left);
      lanes.wake();
    });
  lanes.running.add(running);
}
