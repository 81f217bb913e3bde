import type { ProjectId, WebhookId } from '../ids.ts';
import { limits } from '../limits.ts';
import type { ProjectEvent, ProjectEventType } from '../events/project-event.ts';

/** A signing secret, sealed, in base64; one that was replaced signs on until `expiresAt`. */
export type WebhookSecret = {
  readonly sealed: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
};

/**
 * An endpoint that a project's events are posted to. `null` filters let everything through. `failingSince` is when the first
 * attempt failed after the last one that was taken. `version` grows with every change. Times are milliseconds since 1970.
 */
export type Webhook = {
  readonly id: WebhookId;
  readonly projectId: ProjectId;
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly ProjectEventType[] | null;
  /** Of emails, only those that have one of these tags. */
  readonly tags: readonly string[] | null;
  readonly createdAt: number;
  /** When it was added, or last enabled: what happened before is not for it. */
  readonly since: number;
  readonly disabled: { readonly why: 'requested' | 'gone' | 'failing'; readonly at: number } | null;
  readonly failingSince: number | null;
  /** The newest first. */
  readonly secrets: readonly WebhookSecret[];
  readonly version: number;
};

/** What an attempt showed of an endpoint: `gone` is its own word for it (410), and final. */
export type EndpointSign = 'taken' | 'failed' | 'gone';

/** Whether an endpoint is to be told of an event. Pure. */
export function wants(webhook: Webhook, { type, at, subject }: ProjectEvent): boolean {
  if (webhook.disabled !== null || at < webhook.since) return false;
  if (webhook.events !== null && !webhook.events.some((wanted) => wanted === type)) return false;
  if (webhook.tags === null || subject.kind !== 'email') return true;
  return webhook.tags.some((tag) => subject.tags.includes(tag));
}

/** The endpoint after an attempt; the same object when nothing has changed. Pure. */
export function afterSign(webhook: Webhook, sign: EndpointSign, now: number): Webhook {
  if (webhook.disabled !== null) return webhook;
  const since = webhook.failingSince ?? now;
  switch (sign) {
    case 'taken':
      return webhook.failingSince === null ? webhook : { ...webhook, failingSince: null };
    case 'gone':
      return { ...webhook, failingSince: since, disabled: { why: 'gone', at: now } };
    case 'failed':
      if (now - since >= limits.webhookPatienceMs) return { ...webhook, disabled: { why: 'failing', at: now } };
      return webhook.failingSince === null ? { ...webhook, failingSince: now } : webhook;
  }
}
