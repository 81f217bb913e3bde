import { limits } from './limits.ts';
import type { Clock } from './ports/clock.ts';
import type { ContentStore } from './ports/content.ts';
import type { Idempotency } from './ports/idempotency.ts';
import type { ShapingState } from './ports/shaping-state.ts';
import type { Suppressions } from './ports/suppressions.ts';
import type { WebhookBacklog } from './ports/webhook-deliveries.ts';

/**
 * Forgets what is past its retention: content of ended emails, kept answers, suppressions that have expired, webhook
 * deliveries, and limits of providers that no longer hold.
 */
export async function housekeep(
  ports: {
    readonly contents: ContentStore;
    readonly idempotency: Idempotency;
    readonly suppressions: Pick<Suppressions, 'purge'>;
    readonly webhookDeliveries: Pick<WebhookBacklog, 'purge'>;
    readonly shapingState: Pick<ShapingState, 'purge'>;
    readonly clock: Clock;
  },
  retainContentMs: number,
): Promise<void> {
  const now = ports.clock.now();
  await ports.contents.purge(now - retainContentMs);
  await ports.idempotency.purge(now - limits.idempotencyMs);
  await ports.suppressions.purge(now);
  await ports.webhookDeliveries.purge(now - limits.webhookLogMs);
  await ports.shapingState.purge(now);
}
