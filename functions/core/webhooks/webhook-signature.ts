import { createHmac } from 'node:crypto';

import type { EventId, WebhookId } from '../ids.ts';
import type { Random } from '../ports/random.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { Webhook, WebhookSecret } from './webhook.ts';

/** Standard Webhooks asks for 24 to 64 bytes. */
const secretBytes = 32;
const prefix = 'whsec_';

/** A new secret: its sealed form to store, and its text to show, once. */
export function newWebhookSecret(
  id: WebhookId,
  now: number,
  { random, secretBox }: { readonly random: Random; readonly secretBox: SecretBox },
): { readonly secret: WebhookSecret; readonly text: string } {
  const bytes = random.bytes(secretBytes);
  const sealed = Buffer.from(secretBox.seal(bytes, contextOf(id))).toString('base64');
  return {
    secret: { sealed, createdAt: now, expiresAt: null },
    text: `${prefix}${Buffer.from(bytes).toString('base64')}`,
  };
}

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com): a signature of id, time and body under each secret
 * that is valid at `now`, the newest first. The id is that of the event, at every attempt.
 */
export function signedHeaders(
  webhook: Pick<Webhook, 'id' | 'secrets'>,
  eventId: EventId,
  body: string,
  now: number,
  secretBox: SecretBox,
): Readonly<Record<string, string>> {
  const timestamp = Math.floor(now / 1_000);
  const valid = webhook.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  const signatures = valid.map(({ sealed }) => {
    const key = secretBox.open(Buffer.from(sealed, 'base64'), contextOf(webhook.id));
    return `v1,${createHmac('sha256', key).update(`${eventId}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': eventId,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

function contextOf(id: WebhookId): string {
  return `webhook ${id}`;
}
