import type { ProjectId, WebhookId } from '../ids.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { Webhooks } from '../ports/webhooks.ts';
import type { Webhook } from './webhook.ts';
import { newWebhookId } from './webhook-id.ts';
import { newWebhookSecret } from './webhook-signature.ts';

export type WebhookKeepingPorts = {
  readonly webhooks: Webhooks;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly random: Random;
};

/** An endpoint and the text of its newest secret, which can be read at no other time. */
export type WebhookWithSecret = { readonly webhook: Webhook; readonly secret: string };

/** Adds an endpoint with a secret of its own; `full` when the project has as many as it may have. */
export async function addWebhook(
  projectId: ProjectId,
  fields: Pick<Webhook, 'url' | 'description' | 'events' | 'tags'>,
  ports: WebhookKeepingPorts,
): Promise<WebhookWithSecret | 'full'> {
  const now = ports.clock.now();
  const id = newWebhookId(now, ports.random);
  const { secret, text } = newWebhookSecret(id, now, ports);
  const standing = { createdAt: now, since: now, disabled: null, failingSince: null, secrets: [secret], version: 1 };
  const webhook: Webhook = { id, projectId, ...fields, ...standing };
  return (await ports.webhooks.add(webhook)) === 'full' ? 'full' : { webhook, secret: text };
}

/**
 * Gives an endpoint a new secret; the one before signs beside it for `oldSecretMs` more. `null` when the project has no
 * endpoint of this id.
 */
export async function rotateWebhookSecret(
  projectId: ProjectId,
  id: WebhookId,
  oldSecretMs: number,
  ports: WebhookKeepingPorts,
): Promise<WebhookWithSecret | null> {
  const now = ports.clock.now();
  const { secret, text } = newWebhookSecret(id, now, ports);
  const webhook = await ports.webhooks.change(projectId, id, (before) => {
    const old = before.secrets
      .map((one) => ({ ...one, expiresAt: Math.min(one.expiresAt ?? Infinity, now + oldSecretMs) }))
      .filter(({ expiresAt }) => expiresAt > now);
    return { ...before, secrets: [secret, ...old].slice(0, limits.webhookSecretsAtOnce) };
  });
  return webhook && { webhook, secret: text };
}
