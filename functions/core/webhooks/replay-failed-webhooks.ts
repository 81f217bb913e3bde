import { leastEventIdAt } from '../event-id.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { WebhookDeliveries } from '../ports/webhook-deliveries.ts';
import type { ProjectEvent } from '../events/project-event.ts';
import type { Webhook } from './webhook.ts';
import { replayedDelivery, type WebhookDelivery } from './webhook-delivery.ts';

/** Events of a span of time, by when they happened: from `since`, before `until`; of some types, or all when `null`. */
export type ReplaySpan = {
  readonly since: number;
  readonly until: number;
  readonly types: readonly ProjectEvent['type'][] | null;
};

/** `replayed`: these are due again; `hasMore` when there are later ones that were left. `too_many`: more than are looked through. */
export type ReplayFailedResult =
  | { readonly kind: 'replayed'; readonly deliveries: readonly WebhookDelivery[]; readonly hasMore: boolean }
  | { readonly kind: 'too_many' }
  | { readonly kind: 'disabled' };

type Ports = { readonly deliveries: Pick<WebhookDeliveries, 'list' | 'commit'>; readonly clock: Clock };

const page = 100;

/**
 * Sends an endpoint once more what it has not taken of a span of time, under the same ids, the oldest of it up to
 * `limits.webhookReplays`. What is on its way already, because the same was asked before, is left alone. Events of one stream
 * come one after the other.
 */
export async function replayFailedWebhooks(
  webhook: Webhook,
  span: ReplaySpan,
  ports: Ports,
): Promise<ReplayFailedResult> {
  if (webhook.disabled !== null) return { kind: 'disabled' };
  const failed = await failedIn(webhook, span, ports);
  if (failed === null) return { kind: 'too_many' };
  const oldest = failed.toReversed().slice(0, limits.webhookReplays);
  const streams = Map.groupBy(oldest, ({ event }) => event.stream).values();
  const deliveries: WebhookDelivery[] = [];
  const lanes = Array.from({ length: limits.webhookReplaysAtOnce }, async () => {
    for (const stream of streams) deliveries.push(...(await replayStream(stream, ports)));
  });
  await Promise.all(lanes);
  return { kind: 'replayed', deliveries, hasMore: failed.length > oldest.length };
}

// The newest first; `null` when there are too many to be gone through in one request.
async function failedIn(
  { id }: Webhook,
  { since, until, types }: ReplaySpan,
  { deliveries }: Ports,
): Promise<readonly WebhookDelivery[] | null> {
  const found: WebhookDelivery[] = [];
  for (let before = leastEventIdAt(until), looked = 0; looked <= limits.webhookReplaysLookedThrough; looked += page) {
    const listed = await deliveries.list(id, { limit: page, before, status: 'failed' });
    const within = listed.filter(({ event }) => event.at >= since);
    found.push(...within.filter(({ event }) => types === null || types.includes(event.type)));
    const last = listed.at(-1);
    if (last === undefined || listed.length < page || within.length < listed.length) return found;
    before = last.event.id;
  }
  return null;
}

// Those behind the first wait for its end. Whoever has taken one meanwhile has it.
async function replayStream(
  failed: readonly WebhookDelivery[],
  { deliveries, clock }: Ports,
): Promise<WebhookDelivery[]> {
  const replayed: WebhookDelivery[] = [];
  for (const delivery of failed.toSorted((one, other) => one.event.place - other.event.place)) {
    const now = clock.now();
    const next = { ...replayedDelivery(delivery, now), ...(replayed.length > 0 && { dueAt: null }) };
    if ((await deliveries.commit(next, now)) === 'committed') replayed.push(next);
  }
  return replayed;
}
