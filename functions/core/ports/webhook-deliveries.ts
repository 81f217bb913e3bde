import type { EventId, WebhookId } from '../ids.ts';
import type { ProjectEvent } from '../events/project-event.ts';
import type { WebhookDelivery } from '../webhooks/webhook-delivery.ts';

/** Which deliveries of an endpoint to list: the newest first, those before `before` only. */
export type WebhookDeliveryWalk = {
  readonly limit: number;
  readonly before: EventId | null;
  readonly status: WebhookDelivery['status'] | null;
};

/** Events on their way to endpoints, and what became of them. Writes are durable when they resolve. */
export interface WebhookDeliveries {
  /** Owes an event to each endpoint of its project that wants it; one that is owed there already is left alone. */
  append(event: ProjectEvent): Promise<void>;
  /** One delivery; `null` when the event was never owed to the endpoint, or is no longer kept. */
  find(webhookId: WebhookId, eventId: EventId): Promise<WebhookDelivery | null>;
  list(webhookId: WebhookId, walk: WebhookDeliveryWalk): Promise<readonly WebhookDelivery[]>;
  /**
   * Replaces the delivery if its stored version is `next.version - 1`; otherwise nothing changes and the caller is fenced out.
   * When it is no longer pending, the next of its stream is due at `now`.
   */
  commit(next: WebhookDelivery, now: number): Promise<'committed' | 'fenced'>;
}

/** The same as a backlog that one process works off. */
export interface WebhookBacklog extends WebhookDeliveries {
  /** Endpoints for which something is due. */
  waiting(now: number): Promise<readonly WebhookId[]>;
  /** Takes up to `limit` of what is due for an endpoint, the oldest first, and hides it from others until `leaseUntil`. */
  claim(webhookId: WebhookId, now: number, limit: number, leaseUntil: number): Promise<readonly WebhookDelivery[]>;
  /** Calls `listener` whenever something has been owed, until the answered function is called. */
  whenOwed(listener: () => void): () => void;
  /** Forgets deliveries that ended before `endedBefore`; answers how many. */
  purge(endedBefore: number): Promise<number>;
}
