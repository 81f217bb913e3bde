import type { ProjectId, WebhookId } from '../ids.ts';
import type { WebhookDelivery } from '../webhooks/webhook-delivery.ts';
import type { WebhookDeliveries } from './webhook-deliveries.ts';

/** The events of one stream for one endpoint: what is sent there one after the other. */
export type WebhookStream = { readonly projectId: ProjectId; readonly webhookId: WebhookId; readonly stream: string };

/** Webhook deliveries that many processes work off, told of them by a queue. */
export interface WebhookStreams extends WebhookDeliveries {
  /** Takes the first of a stream that has not ended, if it is due, and keeps it from others until `leaseUntil`; `null` when nothing is due. */
  claim(stream: WebhookStream, now: number, leaseUntil: number): Promise<WebhookDelivery | null>;
  /** Up to `limit` streams that something waits in whose time has come, each hidden from other callers until `hiddenUntil`. */
  overdue(now: number, limit: number, hiddenUntil: number): Promise<readonly WebhookStream[]>;
}
