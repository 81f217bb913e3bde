import type * as z from 'zod';

import type { Webhook } from '../../core/webhooks/webhook.ts';
import { problemOfText } from '../sending/plain-text.ts';
import type { FieldError } from '../problem.ts';
import type { webhookChangeSchema } from './webhook-request-schema.ts';

/** What a request says of an endpoint; what is absent is not said. */
type WebhookRequest = Omit<z.infer<ReturnType<typeof webhookChangeSchema>>, 'status'>;
export type WebhookFields = Partial<Pick<Webhook, 'url' | 'description' | 'events' | 'tags'>>;
export type WebhookFieldsResult =
  | { readonly ok: true; readonly fields: WebhookFields }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/**
 * The fields of an endpoint in a request that has the right form, or which of them are wrong. `refusalOfUrl` answers with a
 * sentence for a URL that cannot be one.
 */
export async function readWebhook(
  request: WebhookRequest,
  refusalOfUrl: (url: string) => Promise<string | null>,
): Promise<WebhookFieldsResult> {
  const { url, description, events, tags } = request;
  const errors: FieldError[] = [];
  const why = url === undefined ? null : await refusalOfUrl(url);
  if (why !== null) errors.push({ pointer: '/url', code: 'invalid_url', detail: why });
  const control = description ? problemOfText(description) : null;
  if (control !== null) errors.push({ pointer: '/description', code: 'control_character', detail: control });
  if (errors.length > 0) return { ok: false, errors };
  return {
    ok: true,
    fields: {
      ...(url !== undefined && { url: new URL(url).href }),
      ...(description !== undefined && { description }),
      ...(events !== undefined && { events: events && [...new Set(events)] }),
      ...(tags !== undefined && { tags: tags && [...new Set(tags)] }),
    },
  };
}
