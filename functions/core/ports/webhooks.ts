import type { ProjectId, WebhookId } from '../ids.ts';
import type { Webhook } from '../webhooks/webhook.ts';

/** The endpoints of projects. Writes are durable when they resolve. */
export interface Webhooks {
  /** `full`: the project has `limits.webhooksPerProject` already. */
  add(webhook: Webhook): Promise<'added' | 'full'>;
  find(projectId: ProjectId, id: WebhookId): Promise<Webhook | null>;
  /** All of the project, the oldest first. */
  list(projectId: ProjectId): Promise<readonly Webhook[]>;
  /**
   * Puts what `change` makes of the endpoint in its place, as one step: of several at once each sees what the one before it has
   * made. `change` is pure, may be called more than once, and answers with the same object to change nothing. `null` when there
   * is none of this id.
   */
  change(projectId: ProjectId, id: WebhookId, change: (webhook: Webhook) => Webhook): Promise<Webhook | null>;
  /** Nothing is sent to it from then on. `false` when the project has none of this id. */
  remove(projectId: ProjectId, id: WebhookId): Promise<boolean>;
}
